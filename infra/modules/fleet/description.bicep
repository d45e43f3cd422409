// A module of its own, since the names of Container Apps' environments are known only when they are there.
import { FleetEntry } from '../../types.bicep'

param entries FleetEntry[]

@description('Serverless:Fleet:Description.')
output json string = string(entries)
