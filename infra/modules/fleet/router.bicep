// Before negotiate only: clients connect to the shard's own endpoint. Front Door can't carry connections (no server-sent events, WebSockets end after 4 h).
param environmentName string
param tags object

@minLength(8)
param suffix string

param kind 'frontDoor' | 'trafficManager'

@description('name, location, host and enabled of each shard\'s functions app.')
param apps { name: string, location: string, host: string, enabled: bool }[]

resource profile 'Microsoft.Cdn/profiles@2025-06-01' = if (kind == 'frontDoor') {
  name: 'afd-${environmentName}-${suffix}'
  location: 'global'
  tags: tags
  sku: { name: 'Standard_AzureFrontDoor' }
  properties: { originResponseTimeoutSeconds: 30 }
}

resource front 'Microsoft.Cdn/profiles/afdEndpoints@2025-06-01' = if (kind == 'frontDoor') {
  parent: profile
  name: 'negotiate-${suffix}'
  location: 'global'
  properties: { enabledState: 'Enabled' }
}

resource origins 'Microsoft.Cdn/profiles/originGroups@2025-06-01' = if (kind == 'frontDoor') {
  parent: profile
  name: 'functions'
  properties: {
    loadBalancingSettings: {
      sampleSize: 4
      successfulSamplesRequired: 3
      additionalLatencyInMilliseconds: 0
    }
    healthProbeSettings: {
      probePath: '/api/health'
      probeProtocol: 'Https'
      probeRequestType: 'GET'
      probeIntervalInSeconds: 30
    }
    sessionAffinityState: 'Disabled'
  }
}

resource origin 'Microsoft.Cdn/profiles/originGroups/origins@2025-06-01' = [
  for app in apps: if (kind == 'frontDoor') {
    parent: origins
    name: app.name
    properties: {
      hostName: app.host
      originHostHeader: app.host
      httpsPort: 443
      priority: 1
      weight: 1000
      enabledState: app.enabled ? 'Enabled' : 'Disabled'
      enforceCertificateNameCheck: true
    }
  }
]

resource route 'Microsoft.Cdn/profiles/afdEndpoints/routes@2025-06-01' = if (kind == 'frontDoor') {
  parent: front
  name: 'negotiate'
  properties: {
    originGroup: { id: origins.id }
    patternsToMatch: ['/api/negotiate']
    supportedProtocols: ['Http', 'Https']
    httpsRedirect: 'Enabled'
    forwardingProtocol: 'HttpsOnly'
    linkToDefaultDomain: 'Enabled'
    enabledState: 'Enabled'
  }
  dependsOn: [origin]
}

resource traffic 'Microsoft.Network/trafficmanagerprofiles@2022-04-01' = if (kind == 'trafficManager') {
  name: 'tm-${environmentName}-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    profileStatus: 'Enabled'
    trafficRoutingMethod: 'Performance'
    dnsConfig: {
      relativeName: 'negotiate-${suffix}'
      ttl: 30
    }
    monitorConfig: {
      protocol: 'HTTPS'
      port: 443
      path: '/api/health'
      intervalInSeconds: 10
      timeoutInSeconds: 5
      toleratedNumberOfFailures: 3
    }
    endpoints: [
      for app in apps: {
        name: app.name
        type: 'Microsoft.Network/trafficManagerProfiles/externalEndpoints'
        properties: {
          target: app.host
          endpointLocation: app.location
          endpointStatus: app.enabled ? 'Enabled' : 'Disabled'
        }
      }
    ]
  }
}

@description('Where clients negotiate: append /api.')
output endpoint string = kind == 'frontDoor'
  ? 'https://${front!.properties.hostName}'
  : 'https://${traffic!.properties.dnsConfig.fqdn}'
