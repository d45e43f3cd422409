import { Shard } from 'types.bicep'

@export()
@description('8 characters that keep global names apart.')
func token(subscriptionId string, environmentName string, shard string) string =>
  take(uniqueString(subscriptionId, environmentName, shard), 8)

@export()
@description('The resource group of a shard, or of the fleet.')
func groupName(environmentName string, shard string) string => 'rg-${environmentName}-${shard}'

@export()
@description('<prefix>-<shard>-<token>')
func nameOf(prefix string, shard string, token string) string => '${prefix}-${shard}-${token}'

@export()
@description('The same where only lower-case letters and digits are allowed.')
func plainName(prefix string, shard string, token string) string =>
  toLower('${prefix}${replace(shard, '-', '')}${token}')

@export()
@description('Where clients reach a shard, without a slash at the end. Domain: of its Container Apps, or empty where it has none.')
func endpointOf(shard Shard, token string, domain string) string =>
  shard.?endpoint ?? (shard.delivery == 'azureSignalR'
    ? 'https://${nameOf('sigr', shard.name, token)}.service.signalr.net'
    : (shard.?host ?? 'containerApps') == 'aks'
        ? fail('The shard ${shard.name} has host aks and no endpoint: say where clients reach its ingress.')
        : 'https://${nameOf('ca', shard.name, token)}.${domain}')
