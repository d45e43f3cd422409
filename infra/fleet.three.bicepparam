// three regions, deployed before: what the tests compare with fleet.three.snapshot.json
using 'main.bicep'

param environmentName = 'test'
param location = 'eastus'
param shards = loadJsonContent('shards.three.json')
param router = 'frontDoor'
param nodeImage = 'crexample.azurecr.io/serverless-node:1'
param upstreamShards = ['us-east', 'eu-west', 'ap-south']
param allowedOrigins = ['https://app.example.com']
param settings = {
  Serverless__Auth__Issuers__0__Issuer: 'https://login.example.com/'
  Serverless__Auth__Issuers__0__Authority: 'https://login.example.com/'
  Serverless__Auth__Issuers__0__Audience: 'serverless'
}
param operatorId = '00000000-0000-0000-0000-000000000001'
