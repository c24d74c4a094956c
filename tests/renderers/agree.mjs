// What rjsf's own validator (ajv, 2020-12) says of answers: reads {schemas, cases: [[schema, answers]]},
// writes a list of true and false. Its first argument is the folder whose packages are used.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const require = createRequire(join(process.argv[2], 'package.json'));
const { customizeValidator } = require('@rjsf/validator-ajv8');
const { default: Ajv2020 } = require('ajv/dist/2020');

const { schemas, cases } = JSON.parse(readFileSync(0, 'utf8'));
const { ajv } = customizeValidator({ AjvClass: Ajv2020 });
const validators = schemas.map((each) => ajv.compile(each));
process.stdout.write(JSON.stringify(cases.map(([at, answers]) => validators[at](answers))));
