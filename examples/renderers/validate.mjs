// What rjsf's own validator (ajv, 2020-12) says of answers, without a browser: reads
// {schemas, cases: [[which schema, answers], …]} as JSON and writes a list of true and false.
import { readFileSync } from 'node:fs';

import { customizeValidator } from '@rjsf/validator-ajv8';
import Ajv2020 from 'ajv/dist/2020.js';

const { schemas, cases } = JSON.parse(readFileSync(0, 'utf8'));
const { ajv } = customizeValidator({ AjvClass: Ajv2020.default ?? Ajv2020 });
const validators = schemas.map((each) => ajv.compile(each));
process.stdout.write(JSON.stringify(cases.map(([at, answers]) => validators[at](answers))));
