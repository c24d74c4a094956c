-- The embedded bureau's tables. Amounts are whole fen; days "2025-03-01"; months "2025-03"; a yes is 1.
-- A BLOB is sealed or a keyed mark: sealed.py says which, and of what.
CREATE TABLE IF NOT EXISTS bureau_meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS bureau_counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;

-- What was answered to a key (a mark of it and of whoever sent it): the same key is answered the same, and nothing is done again.
CREATE TABLE IF NOT EXISTS bureau_replies (
  verb TEXT NOT NULL, key TEXT NOT NULL, answered BLOB NOT NULL, PRIMARY KEY (verb, key)
) STRICT, WITHOUT ROWID;
-- How the bureau was told to behave: of a verb, or of all verbs of a port.
CREATE TABLE IF NOT EXISTS bureau_moods (
  target TEXT NOT NULL, side TEXT NOT NULL, mood TEXT NOT NULL, seconds INTEGER, times INTEGER,
  reason TEXT, PRIMARY KEY (target, side)
) STRICT, WITHOUT ROWID;
-- What a verb has begun and answers by a callback: 'happens' NULL is the next time somebody looks.
CREATE TABLE IF NOT EXISTS bureau_jobs (
  port TEXT NOT NULL, verb TEXT NOT NULL, key TEXT NOT NULL, ref TEXT NOT NULL, actor BLOB NOT NULL,
  told BLOB NOT NULL, refused BLOB, state TEXT NOT NULL, happens INTEGER, tells_after INTEGER,
  copies INTEGER NOT NULL, reply BLOB, tells_at INTEGER, PRIMARY KEY (port, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS bureau_jobs_waiting ON bureau_jobs (happens) WHERE state = 'waiting';

-- 'about' is all else that is known of the person, as JSON.
CREATE TABLE IF NOT EXISTS bureau_persons (
  actor BLOB PRIMARY KEY, name BLOB NOT NULL, id_type TEXT NOT NULL, id_number BLOB NOT NULL UNIQUE,
  mobile BLOB NOT NULL, about BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS bureau_enrolments (
  enrolment TEXT PRIMARY KEY, actor BLOB NOT NULL, scheme TEXT NOT NULL, category TEXT NOT NULL,
  since TEXT NOT NULL, until TEXT, agency_office TEXT NOT NULL, tax_office TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS bureau_enrolments_of ON bureau_enrolments (actor);
-- Whose name and ID number somebody gave rightly: for them they may look months up, declare and pay.
CREATE TABLE IF NOT EXISTS bureau_introduced (
  actor BLOB NOT NULL, insured BLOB NOT NULL, PRIMARY KEY (actor, insured)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bureau_bases (
  enrolment TEXT NOT NULL, effective_month TEXT NOT NULL, base INTEGER NOT NULL, base_tier TEXT,
  confirmation_no TEXT NOT NULL, PRIMARY KEY (enrolment, effective_month)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS bureau_declarations (
  declaration_no TEXT PRIMARY KEY, actor BLOB NOT NULL, ref TEXT NOT NULL, declared_on TEXT NOT NULL,
  amount INTEGER NOT NULL, status TEXT NOT NULL, held_by TEXT, charge_no TEXT UNIQUE,
  voucher_no TEXT, booked_on TEXT, voided_on TEXT, seeded INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS bureau_declarations_of ON bureau_declarations (actor);
CREATE TABLE IF NOT EXISTS bureau_lines (
  declaration_no TEXT NOT NULL, line TEXT NOT NULL, enrolment TEXT NOT NULL, insured BLOB NOT NULL,
  insured_name BLOB NOT NULL, scheme TEXT NOT NULL, category TEXT NOT NULL, period TEXT NOT NULL,
  coverage_year INTEGER, month TEXT, tier TEXT, base INTEGER, amount INTEGER NOT NULL,
  government_amount INTEGER, account_part INTEGER, live INTEGER NOT NULL,
  PRIMARY KEY (declaration_no, line)
) STRICT, WITHOUT ROWID;
-- One year or month of an enrolment is declared or paid once at a time.
CREATE UNIQUE INDEX IF NOT EXISTS bureau_lines_live ON bureau_lines (enrolment, period) WHERE live = 1;
CREATE INDEX IF NOT EXISTS bureau_lines_of ON bureau_lines (insured);
CREATE TABLE IF NOT EXISTS bureau_payments (
  payment TEXT PRIMARY KEY, declaration_no TEXT NOT NULL, line TEXT NOT NULL, actor BLOB NOT NULL,
  insured BLOB NOT NULL, insured_name BLOB NOT NULL, enrolment TEXT NOT NULL, scheme TEXT NOT NULL,
  period TEXT NOT NULL, coverage_year INTEGER, month TEXT, amount INTEGER NOT NULL,
  government_amount INTEGER, account_part INTEGER, voucher_no TEXT NOT NULL, booked_on TEXT NOT NULL,
  sequence INTEGER NOT NULL, overcharged INTEGER, kept_elsewhere INTEGER NOT NULL DEFAULT 0,
  overlaps_employee_pension INTEGER NOT NULL DEFAULT 0, given_back INTEGER NOT NULL DEFAULT 0, refund_no TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS bureau_payments_of ON bureau_payments (insured);
CREATE INDEX IF NOT EXISTS bureau_payments_by ON bureau_payments (actor);
CREATE INDEX IF NOT EXISTS bureau_payments_period ON bureau_payments (enrolment, period);
CREATE TABLE IF NOT EXISTS bureau_refunds (
  refund_no TEXT PRIMARY KEY, actor BLOB NOT NULL, ref TEXT NOT NULL, total INTEGER NOT NULL,
  status TEXT NOT NULL, repaid_on TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS bureau_refund_lines (
  refund_no TEXT NOT NULL, payment TEXT NOT NULL, amount INTEGER NOT NULL,
  PRIMARY KEY (refund_no, payment)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS bureau_orders (
  ref TEXT PRIMARY KEY, actor BLOB NOT NULL, amount INTEGER NOT NULL, channel TEXT NOT NULL,
  status TEXT NOT NULL, charge_no TEXT UNIQUE, paid_on TEXT, decline_reason TEXT, given_back_on TEXT
) STRICT;

CREATE TABLE IF NOT EXISTS bureau_accounts (
  account TEXT PRIMARY KEY, actor BLOB NOT NULL, account_kind TEXT NOT NULL, account_name BLOB NOT NULL,
  region_code TEXT NOT NULL, bank TEXT NOT NULL, bank_branch BLOB NOT NULL,
  account_number BLOB NOT NULL, currency TEXT NOT NULL, opened_on TEXT NOT NULL,
  preferred_for_payment INTEGER NOT NULL, for_refunds INTEGER NOT NULL,
  UNIQUE (actor, bank, account_number)
) STRICT;
CREATE TABLE IF NOT EXISTS bureau_agreements (
  agreement_no TEXT PRIMARY KEY, actor BLOB NOT NULL, account TEXT NOT NULL, scheme TEXT NOT NULL,
  status TEXT NOT NULL, holder_name BLOB NOT NULL, holder_id_type TEXT, holder_id_number BLOB,
  holder_mobile BLOB, verified_on TEXT, active_from TEXT, ended_on TEXT
) STRICT;
-- At most one agreement for an insurance is in force.
CREATE UNIQUE INDEX IF NOT EXISTS bureau_agreements_active ON bureau_agreements (actor, scheme)
  WHERE status = 'active';

-- Passwords only as argon2id hashes; 'cost' is what theirs was made at. 'written' is the user name as
-- its user writes it, 'user_name' the same folded.
CREATE TABLE IF NOT EXISTS bureau_users (
  user_name BLOB PRIMARY KEY, written BLOB NOT NULL, actor BLOB NOT NULL UNIQUE, hash TEXT NOT NULL,
  cost TEXT NOT NULL, mobile BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS bureau_users_mobile ON bureau_users (mobile);
CREATE INDEX IF NOT EXISTS bureau_users_cost ON bureau_users (cost);
CREATE TABLE IF NOT EXISTS bureau_kept_passwords (ref TEXT PRIMARY KEY, hash TEXT NOT NULL) STRICT;
-- Failures in a row, by a mark of whose they are and at which door.
CREATE TABLE IF NOT EXISTS bureau_failures (
  who BLOB PRIMARY KEY, count INTEGER NOT NULL, at INTEGER NOT NULL
) STRICT;
-- The code of an item: marks of the user or number that it was sent to, of the number, of the code.
CREATE TABLE IF NOT EXISTS bureau_codes (
  ref TEXT PRIMARY KEY, sent_to BLOB NOT NULL, number BLOB NOT NULL, mark BLOB NOT NULL,
  at INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'sent'
) STRICT;
CREATE TABLE IF NOT EXISTS bureau_sendings (sent_to BLOB NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS bureau_sendings_to ON bureau_sendings (sent_to, at);
-- Sessions by marks of their tokens and of the items that they were opened by.
CREATE TABLE IF NOT EXISTS bureau_sessions (
  mark BLOB PRIMARY KEY, actor BLOB NOT NULL, item BLOB NOT NULL UNIQUE, opened INTEGER NOT NULL,
  seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS bureau_sessions_of ON bureau_sessions (actor);

CREATE TABLE IF NOT EXISTS bureau_certificates (
  certificate_no TEXT PRIMARY KEY, kind TEXT NOT NULL, actor BLOB NOT NULL, id_number BLOB NOT NULL,
  voucher_no TEXT NOT NULL, issued_on TEXT NOT NULL, number INTEGER NOT NULL, lines BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS bureau_certified (
  voucher_no TEXT NOT NULL, certificate_no TEXT NOT NULL, PRIMARY KEY (voucher_no, certificate_no)
) STRICT, WITHOUT ROWID;
