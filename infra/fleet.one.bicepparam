// one region: what the tests compare with fleet.one.snapshot.json
using 'main.bicep'

param environmentName = 'test'
param location = 'eastus'
param shards = loadJsonContent('shards.one.json')
param router = 'none'
