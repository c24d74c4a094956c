// A form in JSON Forms. What an application has to bring: `translate` out of the layout's own words, a
// table for rows, and radio buttons whose names differ from form to form.
import { isVisible, createAjv } from '@jsonforms/core';
import { JsonForms, withJsonFormsControlProps, withJsonFormsEnumProps, withJsonFormsLabelProps, withJsonFormsLayoutProps } from '@jsonforms/react';
import { vanillaCells, vanillaRenderers } from '@jsonforms/vanilla-renderers';
import { createContext, useContext, useMemo, useState } from 'react';

import { asks, RowsTable } from './rows.jsx';

const Page = createContext({});
const ajv = createAjv();

const hasRows = (type) => (ui) => (ui.type === type && ui.options?.rows ? 20 : -1);
const isRadio = (ui) => (ui.type === 'Control' && ui.options?.format === 'radio' ? 20 : -1);
const isLabel = (ui) => (ui.type === 'Label' ? 20 : -1);

function Titled({ id, label, required, description, errors, visible, className, children }) {
  return (
    <fieldset className={className} hidden={visible === false} aria-describedby={`${id}-said`}>
      <legend>
        {label}
        {required && <span className="required">*</span>}
      </legend>
      {description && <p className="input-description">{description}</p>}
      {children}
      <div id={`${id}-said`} className={errors ? 'validation validation_error' : 'validation'}>{errors}</div>
    </fieldset>
  );
}

const Rows = withJsonFormsControlProps((props) => {
  const { words } = useContext(Page);
  const hints = props.uischema.options.rows;
  return (
    <Titled {...props} className="rows">
      <RowsTable
        id={`jsonforms-${props.id}`}
        label={props.label}
        hints={hints}
        list={props.schema.type === 'array'}
        value={props.data}
        words={words}
        onChange={(value) => props.handleChange(props.path, value)}
      />
    </Titled>
  );
});

const ShownRows = withJsonFormsLayoutProps(({ uischema, visible, label }) => {
  const { words } = useContext(Page);
  const hints = { ...uischema.options.rows, pick: 'none', asks: [] };
  return (
    <div className="shown" hidden={visible === false}>
      <b>{label}</b>
      <RowsTable label={label} hints={hints} words={words} />
    </div>
  );
});

const Text = withJsonFormsLabelProps(({ text, visible }) => <p className="text" hidden={visible === false}>{text}</p>);

const Radio = withJsonFormsEnumProps((props) => {
  const { id: form } = useContext(Page);
  const { id, path, data, options, enabled, handleChange } = props;
  return (
    <Titled {...props} className="radios">
      {options.map((each, at) => (
        <label key={each.value} htmlFor={`${form}-${id}-${at}`}>
          <input
            type="radio"
            id={`${form}-${id}-${at}`}
            name={`${form}-${id}`}
            value={each.value}
            checked={data === each.value}
            disabled={!enabled}
            onChange={() => handleChange(path, each.value)}
          />
          {each.label}
        </label>
      ))}
    </Titled>
  );
});

const OWN = [
  { tester: hasRows('Control'), renderer: Rows },
  { tester: hasRows('Group'), renderer: ShownRows },
  { tester: isRadio, renderer: Radio },
  { tester: isLabel, renderer: Text },
  ...vanillaRenderers,
];

const elements = (ui) => [ui, ...(ui.elements ?? []).flatMap(elements)];
const fieldOf = (ui) => ui.scope?.split('/').pop();

/** The answers without those that are hidden, and without what hangs on a hidden one. */
export function visibleAnswers(ui, data) {
  const ruled = elements(ui).filter((each) => each.rule && each.scope);
  let left = data ?? {};
  for (;;) {
    const now = left;
    const gone = ruled.filter((each) => fieldOf(each) in now && !isVisible(each, now, '', ajv, {}));
    if (!gone.length) return left;
    left = { ...left };
    gone.forEach((each) => delete left[fieldOf(each)]);
  }
}

/** What the library found wrong, as JSON Forms wants it. */
const extra = (problems, language) =>
  problems.map((each) => ({
    instancePath: `/${each.field}`,
    message: each.says[language],
    schemaPath: '',
    keyword: '',
    params: {},
  }));

export function JsonFormsForm({ id, layout, data, problems, language, words, stock, onAnswers }) {
  const [checked, setChecked] = useState(false);
  const [begun] = useState(data);
  const translations = layout.ui.options.translations;
  const i18n = useMemo(
    () => ({ locale: language, translate: (key, text) => translations[key] ?? text }),
    [language, translations],
  );
  const additionalErrors = useMemo(() => extra(problems, language), [problems, language]);
  return (
    <Page.Provider value={{ words, id }}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setChecked(true);
        }}
      >
        <JsonForms
          schema={layout.schema}
          uischema={layout.ui}
          data={begun}
          renderers={stock ? vanillaRenderers : OWN}
          cells={vanillaCells}
          ajv={ajv}
          i18n={i18n}
          additionalErrors={checked ? [] : additionalErrors}
          validationMode={checked ? 'ValidateAndShow' : 'ValidateAndHide'}
          onChange={({ data: now }) => onAnswers(visibleAnswers(layout.ui, now))}
        />
        {asks(layout.schema) && <button type="submit">{words.check}</button>}
      </form>
    </Page.Provider>
  );
}
