import { Shard } from '../../types.bicep'
import { nameOf } from '../../naming.bicep'

param shard Shard

@minLength(8)
param suffix string
param tags object
param workspaceId string
param privateNetwork bool

@description('Whether the app has its key.')
param upstreamReady bool

@secure()
@description('Where it posts what clients do; not used before the app has its key.')
param upstreamUrl string

var sku = shard.?signalRSku ?? 'Standard_S1'
var units = shard.?units ?? 1
var scales = startsWith(sku, 'Premium')
var networkId = resourceId('Microsoft.Network/virtualNetworks', nameOf('vnet', shard.name, suffix))

resource signalR 'Microsoft.SignalRService/signalR@2024-03-01' = {
  name: nameOf('sigr', shard.name, suffix)
  location: shard.location
  tags: tags
  kind: 'SignalR'
  sku: { name: sku, capacity: units }
  properties: {
    features: [{ flag: 'ServiceMode', value: 'Serverless' }]
    // the app signs the tokens of its clients with the key
    disableLocalAuth: false
    publicNetworkAccess: 'Enabled'
    // clients come from anywhere; the API is for the network alone, where there is one
    networkACLs: {
      defaultAction: 'Allow'
      publicNetwork: privateNetwork ? { deny: ['ServerConnection', 'RESTAPI', 'Trace'] } : {}
    }
    serverless: { connectionTimeoutInSeconds: 30 }
    cors: { allowedOrigins: ['*'] }
    upstream: {
      templates: !upstreamReady
        ? []
        : [
            {
              hubPattern: '*'
              categoryPattern: '*'
              eventPattern: '*'
              urlTemplate: upstreamUrl
              auth: { type: 'None' }
            }
          ]
    }
  }
}

resource scale 'Microsoft.Insights/autoscalesettings@2022-10-01' = if (scales) {
  name: nameOf('scale', shard.name, suffix)
  location: shard.location
  tags: tags
  properties: {
    enabled: true
    targetResourceUri: signalR.id
    profiles: [
      {
        name: 'connections'
        capacity: { minimum: string(units), maximum: '100', default: string(units) }
        rules: [
          for rule in [
            {
              metric: 'ConnectionQuotaUtilization'
              operator: 'GreaterThan'
              threshold: 80
              direction: 'Increase'
              cooldown: 'PT5M'
            }
            { metric: 'ServerLoad', operator: 'GreaterThan', threshold: 70, direction: 'Increase', cooldown: 'PT5M' }
            {
              metric: 'ConnectionQuotaUtilization'
              operator: 'LessThan'
              threshold: 30
              direction: 'Decrease'
              cooldown: 'PT30M'
            }
          ]: {
            metricTrigger: {
              metricName: rule.metric
              metricResourceUri: signalR.id
              operator: rule.operator
              statistic: 'Average'
              threshold: rule.threshold
              timeAggregation: 'Maximum'
              timeGrain: 'PT1M'
              timeWindow: rule.direction == 'Increase' ? 'PT5M' : 'PT30M'
            }
            // the next of the steps that the service allows
            scaleAction: {
              direction: rule.direction
              type: 'ServiceAllowedNextValue'
              value: '1'
              cooldown: rule.cooldown
            }
          }
        ]
      }
    ]
  }
}

// no newer version than this preview can send whole groups of logs
#disable-next-line use-recent-api-versions
resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'workspace'
  scope: signalR
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

module private 'endpoint.bicep' = if (privateNetwork) {
  params: {
    name: nameOf('pep-signalr', shard.name, suffix)
    location: shard.location
    tags: tags
    resourceId: signalR.id
    groupId: 'signalr'
    zone: 'privatelink.service.signalr.net'
    networkId: networkId
    subnetId: '${networkId}/subnets/private'
  }
}

output name string = signalR.name
output resourceId string = signalR.id
