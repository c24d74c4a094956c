// A form in react-jsonschema-form. What an application has to bring: the 2020-12 validator, the words
// for what it finds, a template that shows pages with what is only shown, and a table for rows.
import Form, { getDefaultRegistry } from '@rjsf/core';
import { customizeValidator } from '@rjsf/validator-ajv8';
import Ajv2020 from 'ajv/dist/2020.js';
import { createContext, useContext, useMemo, useState } from 'react';

import { asks, RowsTable } from './rows.jsx';

const validator = customizeValidator({ AjvClass: Ajv2020 });
const { ArrayField, StringField } = getDefaultRegistry().fields;
const { FieldTemplate, ObjectFieldTemplate } = getDefaultRegistry().templates;
const Words = createContext({});

// Nothing is answered for the person, also no row that would have to be chosen.
const NOTHING_FILLED_IN = {
  arrayMinItems: { populate: 'never' },
  emptyObjectFields: 'skipDefaults',
};

/** The validator's findings in the library's words, which stand at each field. */
function inWords(errors, uiSchema) {
  // Follows from a fault inside of `then`: what is hidden is left out before anything is checked.
  const told = errors.filter((each) => each.name !== 'unevaluatedProperties');
  return told.map((each) => {
    const [field, , column] = each.property.replace(/^\./, '').split('.');
    const hints = uiSchema[field] ?? {};
    const says = (column ? hints.items?.[column] : hints)?.['ui:options']?.says;
    return { ...each, message: says?.[each.name] ?? each.message };
  });
}

const hintsOf = (uiSchema) => uiSchema?.['ui:options']?.rows;

/** Rows as a table, whether one key is sent or a list; anything else as rjsf has it. */
const orRows = (Otherwise) =>
  function Rows(props) {
    const words = useContext(Words);
    const hints = hintsOf(props.uiSchema);
    if (!hints) return <Otherwise {...props} />;
    const { fieldPathId, schema, required, formData, onChange, errorSchema } = props;
    const { __errors, ...inside } = errorSchema ?? {};
    return (
      <fieldset className="rows">
        <legend>
          {schema.title}
          {required && <span className="required">*</span>}
        </legend>
        {schema.description && <p className="field-description">{schema.description}</p>}
        <RowsTable
          id={fieldPathId.$id}
          label={schema.title}
          hints={hints}
          list={schema.type === 'array'}
          value={formData}
          words={words}
          onChange={(value) => onChange(value, fieldPathId.path)}
        />
        <Errors errors={[...new Set(found(inside))]} />
      </fieldset>
    );
  };

const found = (errors) =>
  Object.entries(errors ?? {}).flatMap(([key, each]) => (key === '__errors' ? each : found(each)));

const Errors = ({ errors }) =>
  errors.length > 0 && (
    <ul className="error-detail">
      {errors.map((each) => <li className="text-danger" key={each}>{each}</li>)}
    </ul>
  );

/** A table has its own title. */
const Field = (props) => (
  <FieldTemplate {...props} displayLabel={props.displayLabel && !hintsOf(props.uiSchema)} />
);

/** The pages of the form, what is only shown among what is asked. */
function Pages(props) {
  const words = useContext(Words);
  const { fieldPathId, uiSchema, schema, properties, formData, registry } = props;
  const pages = uiSchema?.['ui:options']?.pages;
  if (fieldPathId.path.length > 0 || !pages) return <ObjectFieldTemplate {...props} />;
  const asked = Object.fromEntries(properties.map((each) => [each.name, each.content]));
  const shown = (field) =>
    !field.shown_if || validator.isValid(field.shown_if, formData ?? {}, registry.rootSchema);
  return (
    <>
      {schema.description && <p className="help">{schema.description}</p>}
      {pages.map((page) => (
        <fieldset className="page" key={page.title}>
          <legend>{page.title}</legend>
          {page.help && <p className="help">{page.help}</p>}
          {page.fields.filter(shown).map((field) =>
            field.read_only ? (
              <Shown field={field} id={`${fieldPathId.$id}_${field.name}`} key={field.name} words={words} />
            ) : (
              asked[field.name]
            ),
          )}
        </fieldset>
      ))}
    </>
  );
}

function Shown({ field, id, words }) {
  return (
    <div className="shown">
      <b>{field.title}</b>
      {field.rows ? (
        <RowsTable id={id} label={field.title} hints={{ ...field.rows, pick: 'none', asks: [] }} words={words} />
      ) : (
        <span>{field.display || '—'}</span>
      )}
      {field.help && <small>{field.help}</small>}
    </div>
  );
}

const OWN = {
  fields: { ArrayField: orRows(ArrayField), StringField: orRows(StringField) },
  templates: { FieldTemplate: Field, ObjectFieldTemplate: Pages },
};

/** What the library found wrong, as rjsf wants it. */
const extra = (problems, language) =>
  Object.fromEntries(problems.map((each) => [each.field, { __errors: [each.says[language]] }]));

export function Rjsf({ id, layout, data, problems, language, words, stock, onAnswers }) {
  const [answers, setAnswers] = useState(data);
  const extraErrors = useMemo(() => extra(problems, language), [problems, language]);
  const change = ({ formData }) => {
    setAnswers(formData);
    onAnswers(formData);
  };
  return (
    <Words.Provider value={words}>
      <Form
        idPrefix={`rjsf-${id}`}
        schema={layout.schema}
        uiSchema={layout.ui}
        formData={answers}
        validator={validator}
        transformErrors={inWords}
        extraErrors={extraErrors}
        extraErrorsBlockSubmit={false}
        omitExtraData
        liveOmit="onChange"
        noHtml5Validate
        showErrorList={false}
        experimental_defaultFormStateBehavior={NOTHING_FILLED_IN}
        onChange={change}
        onSubmit={change}
        {...(stock ? {} : OWN)}
      >
        {asks(layout.schema) ? <button type="submit">{words.check}</button> : <></>}
      </Form>
    </Words.Provider>
  );
}
