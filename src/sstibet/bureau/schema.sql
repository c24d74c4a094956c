-- The embedded bureau's tables. Amounts are whole fen; days "2025-03-01"; months "2025-03"; a yes is 1.
CREATE TABLE IF NOT EXISTS bureau_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS bureau_counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;

-- What was answered to a key: the same key is answered the same, and nothing is done again.
CREATE TABLE IF NOT EXISTS bureau_replies (
  verb TEXT NOT NULL, key TEXT NOT NULL, reply TEXT NOT NULL, PRIMARY KEY (verb, key)
) STRICT, WITHOUT ROWID;
-- How the bureau was told to behave: of a verb, or of all verbs of a port.
CREATE TABLE IF NOT EXISTS bureau_moods (
  target TEXT NOT NULL, side TEXT NOT NULL, mood TEXT NOT NULL, seconds INTEGER, times INTEGER,
  reason TEXT, PRIMARY KEY (target, side)
) STRICT, WITHOUT ROWID;
-- What a verb has begun and answers by a callback: 'happens' NULL is the next time somebody looks.
CREATE TABLE IF NOT EXISTS bureau_jobs (
  port TEXT NOT NULL, verb TEXT NOT NULL, key TEXT NOT NULL, ref TEXT NOT NULL, actor TEXT NOT NULL,
  told TEXT NOT NULL, refused TEXT, state TEXT NOT NULL, happens INTEGER, tells_after INTEGER,
  copies INTEGER NOT NULL, reply TEXT, tells_at INTEGER, PRIMARY KEY (port, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS bureau_jobs_waiting ON bureau_jobs (happens) WHERE state = 'waiting';

CREATE TABLE IF NOT EXISTS bureau_persons (
  actor TEXT PRIMARY KEY, name TEXT NOT NULL, id_type TEXT NOT NULL, id_number TEXT NOT NULL UNIQUE,
  birth_date TEXT NOT NULL, sex TEXT NOT NULL, mobile TEXT NOT NULL, nationality TEXT NOT NULL,
  category TEXT NOT NULL, student INTEGER NOT NULL, public_employee INTEGER NOT NULL,
  in_employee_pension INTEGER NOT NULL, in_employee_medical INTEGER NOT NULL,
  in_another_medical_pool INTEGER NOT NULL, local_hukou INTEGER NOT NULL, monastic INTEGER NOT NULL,
  left_employee_insurance_on TEXT, lapsed_years INTEGER NOT NULL, bought_back_years INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS bureau_enrolments (
  enrolment TEXT PRIMARY KEY, actor TEXT NOT NULL, scheme TEXT NOT NULL, category TEXT NOT NULL,
  since TEXT NOT NULL, until TEXT, agency_office TEXT NOT NULL, tax_office TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS bureau_enrolments_of ON bureau_enrolments (actor);
-- Whose name and ID number somebody gave rightly: for them they may look months up, declare and pay.
CREATE TABLE IF NOT EXISTS bureau_introduced (
  actor TEXT NOT NULL, insured TEXT NOT NULL, PRIMARY KEY (actor, insured)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bureau_bases (
  enrolment TEXT NOT NULL, effective_month TEXT NOT NULL, base INTEGER NOT NULL, base_tier TEXT,
  confirmation_no TEXT NOT NULL, PRIMARY KEY (enrolment, effective_month)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS bureau_declarations (
  declaration_no TEXT PRIMARY KEY, actor TEXT NOT NULL, ref TEXT NOT NULL, declared_on TEXT NOT NULL,
  amount INTEGER NOT NULL, status TEXT NOT NULL, held_by TEXT, charge_no TEXT UNIQUE,
  voucher_no TEXT, booked_on TEXT, voided_on TEXT, seeded INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS bureau_declarations_of ON bureau_declarations (actor);
CREATE TABLE IF NOT EXISTS bureau_lines (
  declaration_no TEXT NOT NULL, line TEXT NOT NULL, enrolment TEXT NOT NULL, insured TEXT NOT NULL,
  insured_name TEXT NOT NULL, scheme TEXT NOT NULL, category TEXT NOT NULL, period TEXT NOT NULL,
  coverage_year INTEGER, month TEXT, tier TEXT, base INTEGER, amount INTEGER NOT NULL,
  government_amount INTEGER, account_part INTEGER, live INTEGER NOT NULL,
  PRIMARY KEY (declaration_no, line)
) STRICT, WITHOUT ROWID;
-- One year or month of an enrolment is declared or paid once at a time.
CREATE UNIQUE INDEX IF NOT EXISTS bureau_lines_live ON bureau_lines (enrolment, period) WHERE live = 1;
CREATE INDEX IF NOT EXISTS bureau_lines_of ON bureau_lines (insured);
CREATE TABLE IF NOT EXISTS bureau_payments (
  payment TEXT PRIMARY KEY, declaration_no TEXT NOT NULL, line TEXT NOT NULL, actor TEXT NOT NULL,
  insured TEXT NOT NULL, insured_name TEXT NOT NULL, enrolment TEXT NOT NULL, scheme TEXT NOT NULL,
  period TEXT NOT NULL, coverage_year INTEGER, month TEXT, amount INTEGER NOT NULL,
  government_amount INTEGER, account_part INTEGER, voucher_no TEXT NOT NULL, booked_on TEXT NOT NULL,
  sequence INTEGER NOT NULL, overcharged INTEGER, kept_elsewhere INTEGER NOT NULL DEFAULT 0,
  overlaps_employee_pension INTEGER NOT NULL DEFAULT 0, given_back INTEGER NOT NULL DEFAULT 0, refund_no TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS bureau_payments_of ON bureau_payments (insured);
CREATE INDEX IF NOT EXISTS bureau_payments_by ON bureau_payments (actor);
CREATE INDEX IF NOT EXISTS bureau_payments_period ON bureau_payments (enrolment, period);
CREATE TABLE IF NOT EXISTS bureau_refunds (
  refund_no TEXT PRIMARY KEY, actor TEXT NOT NULL, ref TEXT NOT NULL, total INTEGER NOT NULL,
  status TEXT NOT NULL, repaid_on TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS bureau_refund_lines (
  refund_no TEXT NOT NULL, payment TEXT NOT NULL, amount INTEGER NOT NULL,
  PRIMARY KEY (refund_no, payment)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS bureau_orders (
  ref TEXT PRIMARY KEY, actor TEXT NOT NULL, amount INTEGER NOT NULL, channel TEXT NOT NULL,
  status TEXT NOT NULL, charge_no TEXT UNIQUE, paid_on TEXT, decline_reason TEXT, given_back_on TEXT
) STRICT;

CREATE TABLE IF NOT EXISTS bureau_accounts (
  account TEXT PRIMARY KEY, actor TEXT NOT NULL, account_kind TEXT NOT NULL, account_name TEXT NOT NULL,
  region_code TEXT NOT NULL, bank TEXT NOT NULL, bank_branch TEXT NOT NULL,
  account_number TEXT NOT NULL, currency TEXT NOT NULL, opened_on TEXT NOT NULL,
  preferred_for_payment INTEGER NOT NULL, for_refunds INTEGER NOT NULL,
  UNIQUE (actor, bank, account_number)
) STRICT;
CREATE TABLE IF NOT EXISTS bureau_agreements (
  agreement_no TEXT PRIMARY KEY, actor TEXT NOT NULL, account TEXT NOT NULL, scheme TEXT NOT NULL,
  status TEXT NOT NULL, holder_name TEXT NOT NULL, holder_id_type TEXT, holder_id_number TEXT,
  holder_mobile TEXT, verified_on TEXT, active_from TEXT, ended_on TEXT
) STRICT;
-- At most one agreement for an insurance is in force.
CREATE UNIQUE INDEX IF NOT EXISTS bureau_agreements_active ON bureau_agreements (actor, scheme)
  WHERE status = 'active';

-- Passwords and codes only as argon2id hashes.
CREATE TABLE IF NOT EXISTS bureau_users (
  user_name TEXT PRIMARY KEY COLLATE NOCASE, actor TEXT NOT NULL UNIQUE, hash TEXT NOT NULL,
  mobile TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS bureau_users_mobile ON bureau_users (mobile);
CREATE TABLE IF NOT EXISTS bureau_reservations (
  ref TEXT PRIMARY KEY, user_name TEXT NOT NULL COLLATE NOCASE, id_number TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS bureau_kept_passwords (ref TEXT PRIMARY KEY, hash TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS bureau_failures (
  who TEXT PRIMARY KEY COLLATE NOCASE, count INTEGER NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS bureau_codes (
  ref TEXT PRIMARY KEY, sent_to TEXT NOT NULL COLLATE NOCASE, hash TEXT NOT NULL, at INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'sent'
) STRICT;
CREATE TABLE IF NOT EXISTS bureau_sendings (sent_to TEXT NOT NULL COLLATE NOCASE, at INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS bureau_sendings_to ON bureau_sendings (sent_to, at);

CREATE TABLE IF NOT EXISTS bureau_certificates (
  certificate_no TEXT PRIMARY KEY, kind TEXT NOT NULL, actor TEXT NOT NULL, id_number TEXT NOT NULL,
  voucher_no TEXT NOT NULL, issued_on TEXT NOT NULL, number INTEGER NOT NULL, lines TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS bureau_certified (
  voucher_no TEXT NOT NULL, certificate_no TEXT NOT NULL, PRIMARY KEY (voucher_no, certificate_no)
) STRICT, WITHOUT ROWID;
