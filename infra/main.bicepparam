using 'main.bicep'

// azd env set <NAME> <value> sets each of these
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param location = readEnvironmentVariable('AZURE_LOCATION', 'eastus')
var list = readEnvironmentVariable('SERVERLESS_FLEET', 'one') == 'three'
  ? loadJsonContent('shards.three.json')
  : loadJsonContent('shards.one.json')
param shards = list
var asked = readEnvironmentVariable('SERVERLESS_ROUTER', '')
param router = !empty(asked) ? asked : length(list) == 1 ? 'none' : 'frontDoor'
param nodeImage = readEnvironmentVariable('SERVERLESS_NODE_IMAGE', '')
param upstreamShards = split(readEnvironmentVariable('SERVERLESS_UPSTREAM_SHARDS', ''), ',')
param privateNetwork = bool(readEnvironmentVariable('SERVERLESS_PRIVATE_NETWORK', 'false'))
param allowedOrigins = filter(split(readEnvironmentVariable('SERVERLESS_ORIGINS', ''), ','), origin => !empty(origin))
param purgeProtection = bool(readEnvironmentVariable('SERVERLESS_PURGE_PROTECTION', 'false'))
param settings = json(readEnvironmentVariable('SERVERLESS_SETTINGS', '{}'))
param operatorId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param operatorType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User')
