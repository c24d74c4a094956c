import { StrictMode, useEffect, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';

import { JsonFormsForm } from './jsonforms.jsx';
import { Rjsf } from './rjsf.jsx';
import './style.css';
import { langOf, words } from './words.js';

const NONE = [];
const RENDERERS = { rjsf: ['react-jsonschema-form', Rjsf], jsonforms: ['JSON Forms', JsonFormsForm] };

/** Where one is: `#en/resident_payment/resident_who`, `#en` (the list), `#en/all`; `?stock`. */
function where() {
  const [path, options] = location.hash.replace(/^#/, '').split('?');
  const [language, ...id] = path.split('/');
  return { language: language || 'zh', id: id.join('/'), stock: options === 'stock' };
}
const link = ({ language, id, stock }) => `#${language}${id ? `/${id}` : ''}${stock ? '?stock' : ''}`;

function FormPair({ form, place }) {
  const { language, stock } = place;
  const said = words(language);
  const [sample, setSample] = useState(null);
  const [answers, setAnswers] = useState({});
  const layout = form.languages[language];
  const begun = sample?.sent ?? form.data;
  const begin = (with_) => {
    setSample(with_);
    setAnswers({});
  };
  return (
    <section className="pair" id={`form-${form.id}`} data-form={form.id}>
      <h2>
        {form.itemLabel[language]}
        <span> › </span>
        {form.label[language]}
      </h2>
      <p className="meta">
        {said.state}: {form.stateLabel[language]}
        {form.eventLabel && ` · ${said.event}: ${form.eventLabel[language]}`} · <code>{form.id}</code>
      </p>
      {form.answers.length > 0 && (
        <p className="samples">
          {said.samples}:
          <button type="button" onClick={() => begin(null)}>{said.begin}</button>
          {form.answers.map((each) => (
            <button type="button" key={each.name} onClick={() => begin(each)}>{said[each.name]}</button>
          ))}
        </p>
      )}
      {sample && <Said sample={sample} language={language} />}
      <div className="two">
        {Object.entries(RENDERERS).map(([name, [title, Renderer]]) => (
          <div className={`renderer ${name}`} key={name}>
            <h3>{title}</h3>
            <Renderer
              key={`${language} ${sample?.name} ${stock}`}
              id={`${name}-${form.id.replace('/', '-')}`}
              layout={layout[name]}
              data={begun[name]}
              problems={sample?.problems ?? NONE}
              language={language}
              words={said}
              stock={stock}
              onAnswers={(now) => setAnswers((before) => ({ ...before, [name]: now }))}
            />
            <details>
              <summary>{said.answers}</summary>
              <pre className="answers">{JSON.stringify(answers[name] ?? begun[name], null, 2)}</pre>
            </details>
          </div>
        ))}
      </div>
    </section>
  );
}

function Said({ sample, language }) {
  const said = words(language);
  return (
    <div className="said" role="status">
      <b>{said.says}</b>
      {sample.problems.length === 0 ? (
        <p className="taken">{said.taken}</p>
      ) : (
        <ul>
          {sample.problems.map((each) => (
            <li key={each.field}>{each.says[language]} <code>{each.code}</code></li>
          ))}
        </ul>
      )}
    </div>
  );
}

function List({ forms, place }) {
  const items = [...new Set(forms.map((each) => each.item))];
  const { language } = place;
  return (
    <nav aria-label={words(language).all}>
      {items.map((item) => {
        const its = forms.filter((each) => each.item === item);
        return (
          <details key={item} open={place.id.startsWith(`${item}/`) || !place.id}>
            <summary>{its[0].itemLabel[language]}</summary>
            <ul>
              {its.map((form) => (
                <li key={form.id}>
                  <a href={link({ ...place, id: form.id })} aria-current={form.id === place.id ? 'page' : undefined}>
                    {form.label[language]}
                  </a>
                </li>
              ))}
            </ul>
          </details>
        );
      })}
    </nav>
  );
}

function App({ book }) {
  const [place, setPlace] = useState(where);
  useEffect(() => {
    const moved = () => setPlace(where());
    addEventListener('hashchange', moved);
    return () => removeEventListener('hashchange', moved);
  }, []);
  const language = place.language in book.languages ? place.language : 'zh';
  const here = { ...place, language };
  const said = words(language);
  useEffect(() => {
    document.documentElement.lang = langOf(language);
    document.title = said.title;
  }, [language, said]);
  const shown = useMemo(
    () => book.forms.filter((each) => place.id === 'all' || each.id === place.id),
    [book, place.id],
  );
  return (
    <>
      <header>
        <h1><a href={link({ ...here, id: '' })}>{said.title}</a></h1>
        <p>{said.intro}</p>
        <p className="switches">
          {said.language}:{' '}
          {Object.entries(book.languages).map(([code, name]) => (
            <a key={code} lang={code === 'zh' ? 'zh-CN' : code} href={link({ ...here, language: code })}
              aria-current={code === language ? 'true' : undefined}>{name}</a>
          ))}
          <a href={link({ ...here, id: 'all' })}>{said.all}</a>
          <a href={link({ ...here, stock: !here.stock })} aria-current={here.stock ? 'true' : undefined}>{said.stock}</a>
        </p>
      </header>
      <div className="body">
        <List forms={book.forms} place={here} />
        <main>
          {shown.map((form) => <FormPair key={form.id} form={form} place={here} />)}
        </main>
      </div>
    </>
  );
}

/** What is shown where the forms can't be had: why, and a way to try it once more. */
function Failed({ why, again }) {
  const { language } = where();
  const said = words(language);
  useEffect(() => {
    document.documentElement.lang = langOf(language) ?? 'zh-CN';
    document.title = said.title;
  }, [language, said]);
  return (
    <main className="failed">
      <h1>{said.title}</h1>
      <div role="alert">
        <p>{said.failed}</p>
        <p><code>{why}</code></p>
      </div>
      <button type="button" onClick={again}>{said.again}</button>
    </main>
  );
}

const root = createRoot(document.getElementById('root'));

async function begin() {
  try {
    const answer = await fetch('./forms.json');
    if (!answer.ok) throw new Error(`forms.json: ${answer.status} ${answer.statusText}`);
    const book = await answer.json();
    root.render(<StrictMode><App book={book} /></StrictMode>);
  } catch (error) {
    root.render(<Failed why={String(error.message)} again={begin} />);
  }
}

begin();
