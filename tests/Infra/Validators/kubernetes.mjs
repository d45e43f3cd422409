// Compares manifests with the schemas of Kubernetes, KEDA and the Prometheus operator: what is missing, types, enums; for custom resources also fields
// that the schema doesn't know. (For Kubernetes' own, the .NET client reads strictly.)
import Ajv from 'ajv';
import { parseAllDocuments } from 'yaml';
import { answerLines } from './lines.mjs';

const groups = {
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator/monitoring.coreos.com',
  'keda.sh': '@kubernetes-models/keda/keda.sh',
};

// no package has a schema of the Secrets Store driver: this is the part of it that infra/kubernetes uses
const text = { type: 'string' };
const object = (required, properties) => ({ type: 'object', required, properties, additionalProperties: false });
const list = items => ({ type: 'array', minItems: 1, items });
const secretObject = object(['secretName', 'type', 'data'], { secretName: text, type: { enum: ['Opaque'] }, data: list(object(['objectName', 'key'], { objectName: text, key: text })) });
const providerClass = new Ajv().compile(object(['apiVersion', 'kind', 'metadata', 'spec'], {
  apiVersion: { const: 'secrets-store.csi.x-k8s.io/v1' },
  kind: text,
  metadata: { type: 'object' },
  spec: object(['provider', 'parameters'], {
    provider: { enum: ['azure'] },
    parameters: object(['keyvaultName', 'tenantID', 'objects'], { keyvaultName: text, clientID: text, tenantID: text, objects: text }),
    secretObjects: list(secretObject),
  }),
}));

const known = new Map();

async function modelOf(apiVersion, kind) {
  const [version, group] = String(apiVersion).split('/').reverse();
  const folder = group === undefined ? 'kubernetes-models' : groups[group] ?? `kubernetes-models/${group}`;
  const name = `${folder}/${version}/${kind}`;
  if (!known.has(name)) known.set(name, import(name).then(module => (module.default ?? module)[kind] ?? module[kind], () => undefined));
  return { Model: await known.get(name), custom: group in groups };
}

// The schemas are compiled to code, which reads each field that it knows. What it never reads, it doesn't know.
function unreadFields(value, validate) {
  const read = new Set();
  const watch = (node, path) => typeof node !== 'object' || node === null ? node : new Proxy(node, {
    get(target, key, self) {
      const child = Reflect.get(target, key, self);
      if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return child;
      read.add(`${path}/${key}`);
      return watch(child, `${path}/${key}`);
    },
  });
  validate(watch(value, ''));
  const unread = [];
  const walk = (node, path) => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, child] of Object.entries(node)) {
      if (read.has(`${path}/${key}`)) walk(child, `${path}/${key}`);
      else unread.push(`${path}/${key}`);
    }
  };
  walk(value, '');
  return unread;
}

async function faultsOf(manifest) {
  if (manifest === null || typeof manifest !== 'object') return ['A document is empty or isn\'t an object.'];
  const name = `${manifest.kind} ${manifest.metadata?.name}`;
  if (manifest.kind === 'SecretProviderClass') {
    return providerClass(manifest) ? [] : providerClass.errors.map(error => `${name}: ${error.instancePath} ${error.message} ${Object.values(error.params).join()}`);
  }
  const { Model, custom } = await modelOf(manifest.apiVersion, manifest.kind);
  if (Model === undefined) return [`${name}: no schema is known for ${manifest.apiVersion} ${manifest.kind}.`];
  // not by a model of it, which would be a copy with apiVersion and kind filled in
  const validate = value => Model.prototype.validate.call(value);
  try {
    validate(manifest);
  } catch (fault) {
    return [`${name}: ${fault.message}`];
  }
  return custom ? unreadFields(manifest, validate).map(path => `${name}: ${path} is unknown.`) : [];
}

await answerLines(async text => {
  const documents = parseAllDocuments(text);
  const errors = documents.flatMap(document => [...document.errors, ...document.warnings].map(fault => fault.message));
  const manifests = documents.map(document => document.toJS());
  for (const manifest of manifests) errors.push(...await faultsOf(manifest));
  return { errors, documents: manifests };
});
