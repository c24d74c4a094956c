// Rows of records as a table: one, some or all are ticked, and some columns are asked of those that
// are. Both renderers show it; what is sent is what the form's JSON Schema says.
/** Whether a form asks anything; else it only shows. */
export const asks = (schema) => Object.keys(schema.properties).length > 0 || schema.allOf !== undefined;

const keyOf = (each) => (typeof each === 'object' ? each.key : each);
const read = (column, text) => {
  if (text === '') return undefined;
  return column.kind === 'whole' && /^-?[0-9]{1,15}$/.test(text) ? Number(text) : text;
};

export function RowsTable({ id, label, hints, list, value, onChange, words }) {
  const { pick, columns, asks, rows } = hints;
  const given = list ? (value ?? []) : [value].filter(Boolean);
  const ticks = pick === 'one' || pick === 'some';
  const picked = (key) => given.find((each) => keyOf(each) === key);
  const item = (key) => (asks.length ? { key } : key);

  const tick = (key, on) => {
    if (pick === 'one') return onChange(list ? [item(key)] : key);
    const kept = given.filter((each) => keyOf(each) !== key);
    const now = on ? [...kept, item(key)] : kept;
    return onChange(now.length ? now : undefined);
  };
  const answer = (key, column, text) => {
    const all = pick === 'all' ? rows.filter((row) => row.pickable).map((row) => row.key) : [];
    const now = all.length ? all.map((each) => picked(each) ?? item(each)) : given;
    const changed = now.map((each) => {
      if (keyOf(each) !== key) return each;
      const next = { ...each, [column.name]: read(column, text) };
      if (next[column.name] === undefined) delete next[column.name];
      return next;
    });
    onChange(changed);
  };

  if (!rows.length) return <p className="empty">{hints.empty}</p>;
  return (
    <div className="scroll" role="group" aria-label={label} tabIndex={0}>
      <table id={id}>
        <thead>
          <tr>
            {ticks && <th scope="col">{words.pick}</th>}
            {columns.map((column) => (
              <th scope="col" key={column.name}>{column.title}</th>
            ))}
            {asks.map((column) => (
              <th scope="col" key={`ask-${column.name}`}>
                {column.title}
                {column.required && <span className="required">*</span>}
                {column.help && <small>{column.help}</small>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.flatMap((row) => {
            const name = row.cells.filter(Boolean).join(' · ');
            const chosen = picked(row.key);
            const whyNot = ticks && !row.pickable && row.why_not;
            return [
              <tr key={row.key} className={whyNot ? 'explained' : undefined}>
                {ticks && (
                  <td>
                    <input
                      type={pick === 'one' ? 'radio' : 'checkbox'}
                      name={id}
                      aria-label={`${words.pick} ${name}`}
                      checked={chosen !== undefined}
                      disabled={!row.pickable}
                      aria-describedby={whyNot ? `${id}-${row.key}-why` : undefined}
                      onChange={(event) => tick(row.key, event.target.checked)}
                    />
                  </td>
                )}
                {row.cells.map((cell, at) => <td key={columns[at].name}>{cell}</td>)}
                {asks.map((column) => (
                  <td key={`ask-${column.name}`}>
                    <Asked
                      column={column}
                      label={`${column.title} ${name}`}
                      options={row.options[column.name]}
                      value={chosen?.[column.name]}
                      disabled={!row.pickable || (ticks && chosen === undefined)}
                      onAnswer={(text) => answer(row.key, column, text)}
                      words={words}
                    />
                  </td>
                ))}
              </tr>,
              whyNot && (
                <tr key={`${row.key} why not`}>
                  <td />
                  <td colSpan={columns.length + asks.length}><small id={`${id}-${row.key}-why`}>{whyNot}</small></td>
                </tr>
              ),
            ];
          })}
        </tbody>
      </table>
    </div>
  );
}

function Asked({ column, label, options, value, disabled, onAnswer, words }) {
  const shared = {
    'aria-label': label,
    value: value ?? '',
    disabled,
    onChange: (event) => onAnswer(event.target.value),
  };
  if (!options) return <input inputMode={column.kind === 'whole' ? 'numeric' : undefined} {...shared} />;
  return (
    <select {...shared}>
      <option value="">{words.choose}</option>
      {options.map((each) => <option key={each.value} value={each.value}>{each.label}</option>)}
    </select>
  );
}
