// what the other two leave out: private addresses, a cluster, a shard that drains, a lost one, Traffic Manager, units that scale by themselves
using 'main.bicep'

param environmentName = 'test'
param location = 'eastus'
param router = 'trafficManager'
param privateNetwork = true
param purgeProtection = true
param upstreamShards = ['ap-south']
param nodeImage = 'crexample.azurecr.io/serverless-node:1'
param operatorId = '00000000-0000-0000-0000-000000000001'
param operatorType = 'Group'
param shards = [
  {
    name: 'us-west'
    location: 'westus2'
    weight: 1
    state: 'lost'
    delivery: 'node'
    endpoint: 'https://us-west.example.com'
  }
  {
    name: 'us-east'
    location: 'eastus'
    weight: 2
    state: 'active'
    delivery: 'azureSignalR'
    signalRSku: 'Premium_P1'
    units: 2
    redisSku: 'MemoryOptimized_M10'
  }
  {
    name: 'eu-west'
    location: 'westeurope'
    weight: 1
    state: 'draining'
    delivery: 'node'
    units: 5
  }
  {
    name: 'ap-south'
    location: 'centralindia'
    weight: 0
    state: 'active'
    delivery: 'node'
    host: 'aks'
    endpoint: 'https://ap-south.example.com'
  }
]
