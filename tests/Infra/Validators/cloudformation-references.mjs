// Resolves what a template refers to: Ref, Fn::GetAtt, Fn::Sub, Fn::FindInMap, conditions, DependsOn; and finds parameters that nothing uses.
const pseudo = new Set(['AccountId', 'NotificationARNs', 'NoValue', 'Partition', 'Region', 'StackId', 'StackName', 'URLSuffix'].map(name => `AWS::${name}`));

const functions = new Set(['And', 'Base64', 'Cidr', 'Equals', 'FindInMap', 'GetAZs', 'GetAtt', 'If', 'ImportValue', 'Join', 'Not', 'Or', 'Select', 'Split', 'Sub', 'ToJsonString',
  'Length'].map(name => `Fn::${name}`));

export function* referenceFaults(template, attributesOf) {
  const parameters = template.Parameters ?? {};
  const resources = template.Resources ?? {};
  const conditions = template.Conditions ?? {};
  const mappings = template.Mappings ?? {};
  const used = new Set();

  function* named(name, path, locals = {}) {
    used.add(name);
    if (!Object.hasOwn(parameters, name) && !Object.hasOwn(resources, name) && !pseudo.has(name) && !Object.hasOwn(locals, name)) {
      yield `${path}: ${name} is neither a parameter nor a resource.`;
    }
  }

  function* attribute(resource, name, path) {
    if (!Object.hasOwn(resources, resource)) yield `${path}: there is no resource ${resource}.`;
    else if (!attributesOf(resources[resource].Type).includes(name)) yield `${path}: ${resources[resource].Type} has no attribute ${name}.`;
  }

  function* substituted(value, path) {
    const [text, locals] = Array.isArray(value) ? value : [value, {}];
    if (typeof text !== 'string') { yield `${path}: Fn::Sub takes a text.`; return; }
    for (const [, name] of text.matchAll(/\$\{(?!!)([^}]*)\}/g)) {
      if (!/^[A-Za-z0-9:.]+$/.test(name)) yield `${path}: \${${name}} is no name; write \${!${name}} for the text itself.`;
      else if (name.includes('.') && !Object.hasOwn(locals, name)) yield* attribute(name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1), path);
      else yield* named(name, path, locals);
    }
    if (Array.isArray(value)) yield* walk(locals, path);
  }

  function* called(key, value, path) {
    if (key === 'Ref') yield* named(value, path);
    else if (!functions.has(key)) yield `${path}: there is no function ${key}.`;
    else if (key === 'Fn::GetAtt') yield* attribute(...(Array.isArray(value) ? value : [value.slice(0, value.indexOf('.')), value.slice(value.indexOf('.') + 1)]), path);
    else if (key === 'Fn::Sub') { yield* substituted(value, path); return; }
    else if (key === 'Fn::If' && !Object.hasOwn(conditions, value[0])) yield `${path}: there is no condition ${value[0]}.`;
    else if (key === 'Fn::FindInMap' && typeof value[0] === 'string' && !Object.hasOwn(mappings, value[0])) yield `${path}: there is no mapping ${value[0]}.`;
    yield* walk(value, path);
  }

  function* walk(node, path) {
    if (Array.isArray(node)) {
      for (const [index, item] of node.entries()) yield* walk(item, `${path}/${index}`);
    } else if (typeof node === 'object' && node !== null) {
      for (const [key, value] of Object.entries(node)) {
        if (key === 'Ref' || key.startsWith('Fn::')) yield* called(key, value, `${path}/${key}`);
        else yield* walk(value, `${path}/${key}`);
      }
    }
  }

  for (const section of ['Conditions', 'Resources', 'Outputs']) yield* walk(template[section] ?? {}, `/${section}`);
  for (const [name, resource] of Object.entries({ ...resources, ...template.Outputs })) {
    if (typeof resource.Condition === 'string' && !Object.hasOwn(conditions, resource.Condition)) yield `/${name}: there is no condition ${resource.Condition}.`;
    for (const other of [resource.DependsOn ?? []].flat()) {
      if (!Object.hasOwn(resources, other)) yield `/Resources/${name}/DependsOn: there is no resource ${other}.`;
    }
  }
  for (const name of Object.keys(parameters)) {
    if (!used.has(name)) yield `/Parameters/${name}: nothing uses it.`;
  }
}
