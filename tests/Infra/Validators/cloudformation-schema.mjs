// Turns the resource definitions of AWS's specification into JSON schemas. An intrinsic function may stand for any value.
import awsSpec from '@aws-cdk/aws-service-spec';

const intrinsic = { type: 'object', minProperties: 1, maxProperties: 1, patternProperties: { '^(Ref|Fn::[A-Za-z0-9]+)$': {} }, additionalProperties: false };
const orIntrinsic = schema => ({ if: intrinsic, then: {}, else: schema });
const text = { type: ['string', 'number', 'boolean'] };

const definitions = awsSpec.loadAwsServiceSpecSync();

function schemaOfObject(properties, defs) {
  const all = Object.entries(properties);
  return {
    type: 'object',
    properties: Object.fromEntries(all.map(([name, property]) => [name, orIntrinsic(schemaOf(property.type, defs))])),
    required: all.filter(([, property]) => property.required).map(([name]) => name),
    additionalProperties: false,
  };
}

function schemaOf(type, defs) {
  switch (type.type) {
    case 'string': return type.allowedValues ? { enum: type.allowedValues } : text;
    case 'date-time': return { type: 'string' };
    case 'integer': return { anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^-?[0-9]+$' }] };
    case 'number': return { anyOf: [{ type: 'number' }, { type: 'string', pattern: '^-?[0-9.]+$' }] };
    case 'boolean': return { enum: [true, false, 'true', 'false'] };
    case 'array': return { type: 'array', items: orIntrinsic(schemaOf(type.element, defs)) };
    case 'map': return { type: 'object', additionalProperties: orIntrinsic(schemaOf(type.element, defs)) };
    case 'union': return { anyOf: type.types.map(one => schemaOf(one, defs)) };
    case 'tag': return schemaOfObject({ Key: { type: { type: 'string' }, required: true }, Value: { type: { type: 'string' }, required: true } }, defs);
    case 'json': return { type: ['object', 'array', 'string'] };
    case 'ref': return schemaOfReference(type.reference.$ref, defs);
    default: throw new Error(`The specification has a type that this doesn't know: ${type.type}.`);
  }
}

function schemaOfReference(id, defs) {
  if (!(id in defs)) {
    defs[id] = {};      // types may hold themselves
    defs[id] = schemaOfObject(definitions.get('typeDefinition', id).properties, defs);
  }
  return { $ref: `#/$defs/${id}` };
}

/** The schema of a type's properties and the names for Fn::GetAtt; undefined when AWS has no such type. */
export function resourceType(name) {
  const [resource] = definitions.lookup('resource', 'cloudFormationType', 'equals', name);
  if (resource === undefined) return undefined;
  const defs = {};
  return { schema: { ...schemaOfObject(resource.properties, defs), $defs: defs }, attributes: Object.keys(resource.attributes) };
}
