// What stands around the resources' properties: the specification of resources doesn't have it.
const text = { type: 'string' };
const anything = {};
const count = { anyOf: [{ type: 'integer' }, { type: 'object', required: ['Ref'] }] };
const closed = (properties, required = []) => ({ type: 'object', properties, required, additionalProperties: false });
const policy = { enum: ['Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot'] };
const duration = { type: 'string', pattern: '^PT([0-9]+H)?([0-9]+M)?([0-9]+S)?$' };

const parameterTypes = /^(String|Number|CommaDelimitedList|List<Number>|(List<)?AWS::[A-Za-z0-9]+::[A-Za-z0-9]+(::[A-Za-z0-9]+)?>?|AWS::SSM::Parameter::Value<.+>)$/;

const parameter = closed({
  Type: { type: 'string', pattern: parameterTypes.source },
  Default: { type: ['string', 'number'] },
  Description: text,
  ConstraintDescription: text,
  AllowedPattern: { type: 'string', format: 'regex' },
  AllowedValues: { type: 'array', minItems: 1 },
  MinLength: { type: 'integer' },
  MaxLength: { type: 'integer' },
  MinValue: { type: 'number' },
  MaxValue: { type: 'number' },
  NoEcho: { type: 'boolean' },
}, ['Type']);

const resource = closed({
  Type: text,
  Properties: { type: 'object' },
  DependsOn: { anyOf: [text, { type: 'array', items: text }] },
  Condition: text,
  Metadata: anything,
  DeletionPolicy: policy,
  UpdateReplacePolicy: policy,
  CreationPolicy: closed({
    AutoScalingCreationPolicy: closed({ MinSuccessfulInstancesPercent: count }),
    ResourceSignal: closed({ Count: count, Timeout: duration }),
  }),
  UpdatePolicy: closed({
    AutoScalingReplacingUpdate: closed({ WillReplace: { type: 'boolean' } }),
    AutoScalingRollingUpdate: closed({
      MaxBatchSize: count,
      MinActiveInstancesPercent: count,
      MinInstancesInService: count,
      MinSuccessfulInstancesPercent: count,
      PauseTime: duration,
      SuspendProcesses: {
        type: 'array',
        items: {
          enum: ['Launch', 'Terminate', 'AddToLoadBalancer', 'AlarmNotification', 'AZRebalance', 'HealthCheck', 'InstanceRefresh', 'ReplaceUnhealthy', 'ScheduledActions'],
        },
      },
      WaitOnResourceSignals: { type: 'boolean' },
    }),
    AutoScalingScheduledAction: closed({ IgnoreUnmodifiedGroupSizeProperties: { type: 'boolean' } }),
  }),
}, ['Type']);

const output = closed({ Value: anything, Description: text, Condition: text, Export: closed({ Name: anything }, ['Name']) }, ['Value']);

export const frame = closed({
  AWSTemplateFormatVersion: { const: '2010-09-09' },
  Description: { type: 'string', maxLength: 1024 },
  Metadata: { type: 'object' },
  Parameters: { type: 'object', maxProperties: 200, propertyNames: { pattern: '^[A-Za-z0-9]+$' }, additionalProperties: parameter },
  Rules: { type: 'object' },
  Mappings: { type: 'object' },
  Conditions: { type: 'object' },
  Resources: { type: 'object', minProperties: 1, propertyNames: { pattern: '^[A-Za-z0-9]+$' }, additionalProperties: resource },
  Outputs: { type: 'object', propertyNames: { pattern: '^[A-Za-z0-9]+$' }, additionalProperties: output },
}, ['Resources']);

/** A default has to keep the parameter's own rules. */
export function* defaultFaults(parameters) {
  for (const [name, { Type, Default, AllowedPattern, AllowedValues, MinLength, MaxLength, MinValue, MaxValue }] of Object.entries(parameters)) {
    if (Default === undefined || Type.startsWith('AWS::SSM::')) continue;
    const wrong = (AllowedPattern !== undefined && !new RegExp(`^(?:${AllowedPattern})$`).test(Default))
      || (AllowedValues !== undefined && !AllowedValues.map(String).includes(String(Default)))
      || (MinLength !== undefined && String(Default).length < MinLength) || (MaxLength !== undefined && String(Default).length > MaxLength)
      || (MinValue !== undefined && Number(Default) < MinValue) || (MaxValue !== undefined && Number(Default) > MaxValue)
      || (Type === 'Number' && Number.isNaN(Number(Default)));
    if (wrong) yield `/Parameters/${name}: the default ${Default} breaks the parameter's own rules.`;
  }
}
