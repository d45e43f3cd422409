// Compares CloudFormation templates with AWS's specification of resources: unknown and missing properties, types, and what is referred to.
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parseDocument } from 'yaml';
import { defaultFaults, frame } from './cloudformation-frame.mjs';
import { referenceFaults } from './cloudformation-references.mjs';
import { resourceType } from './cloudformation-schema.mjs';
import { answerLines } from './lines.mjs';

// the short forms: !Sub is Fn::Sub, !Ref is Ref
const shortForms = ['And', 'Base64', 'Cidr', 'Equals', 'FindInMap', 'GetAZs', 'GetAtt', 'If', 'ImportValue', 'Join', 'Not', 'Or', 'Ref', 'Select', 'Split', 'Sub'];
const customTags = shortForms.flatMap(name => [undefined, 'seq', 'map'].map(collection => ({
  tag: `!${name}`,
  ...(collection && { collection }),
  resolve: value => ({ short: name, value }),
})));

function expand(node) {
  if (Array.isArray(node)) return node.map(expand);
  if (typeof node !== 'object' || node === null) return node;
  if ('short' in node) return { [node.short === 'Ref' ? 'Ref' : `Fn::${node.short}`]: expand(node.value) };
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, expand(value)]));
}

const ajv = addFormats(new Ajv({ allErrors: true, strict: false }));
const isFramed = ajv.compile(frame);
const types = new Map();

function typeOf(name) {
  if (!types.has(name)) {
    const found = resourceType(name);
    types.set(name, found && { check: ajv.compile(found.schema), attributes: found.attributes });
  }
  return types.get(name);
}

function worded(check, path) {
  return (check.errors ?? [])
    .filter(error => error.keyword !== 'if')
    .map(error => `${path}${error.instancePath}: ${error.message}${Object.values(error.params).length ? ` (${Object.values(error.params).join(', ')})` : ''}`);
}

function faultsOf(template) {
  if (!isFramed(template)) return worded(isFramed, '');
  const errors = [...defaultFaults(template.Parameters ?? {})];
  for (const [name, resource] of Object.entries(template.Resources)) {
    const type = typeOf(resource.Type);
    if (type === undefined) errors.push(`/Resources/${name}: AWS has no type ${resource.Type}.`);
    else if (!type.check(resource.Properties ?? {})) errors.push(...worded(type.check, `/Resources/${name}/Properties`));
  }
  return [...errors, ...referenceFaults(template, name => typeOf(name)?.attributes ?? [])];
}

await answerLines(text => {
  const document = parseDocument(text, { customTags });
  const errors = [...document.errors, ...document.warnings].map(fault => fault.message);
  if (errors.length > 0) return { errors, documents: [] };
  const template = expand(document.toJS());
  return { errors: faultsOf(template), documents: [template] };
});
