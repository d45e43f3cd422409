// Compares an azure.yaml with azd's schema, and its keys with those that the schema knows: it lets unknown ones pass.
//   node azure-yaml.mjs <schema> <file>      prints { errors: [text], document }
import { readFileSync } from 'node:fs';
import Ajv from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';
import { parseDocument } from 'yaml';

const [schemaFile, file] = process.argv.slice(2);
const schema = JSON.parse(readFileSync(schemaFile, 'utf8'));
const yaml = parseDocument(readFileSync(file, 'utf8'), { uniqueKeys: true });
const errors = yaml.errors.map(error => error.message);
const document = errors.length ? null : yaml.toJS();

const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
// kinds of hosts that we don't use have schemas of their own, elsewhere
for (const [, reference] of JSON.stringify(schema).matchAll(/"\$ref":"(https:[^"]*\/extensions\/[^"#]*)"/g)) {
  if (!ajv.getSchema(reference)) {
    ajv.addSchema({}, reference);
  }
}

const validate = ajv.compile(schema);
if (document && !validate(document)) {
  errors.push(...validate.errors.map(error => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`));
}

const known = (value, properties, where) => Object.keys(value ?? {})
  .filter(key => !(key in properties))
  .forEach(key => errors.push(`${where} has the unknown key ${key}`));
const service = schema.properties.services.additionalProperties;
known(document, schema.properties, 'azure.yaml');
for (const [name, value] of Object.entries(document?.services ?? {})) {
  known(value, service.properties, `services/${name}`);
}

console.log(JSON.stringify({ errors, document }));
