import { AspisError } from '../base/errors.ts'
import { type Address, printAddress, type TransportName } from '../base/flow.ts'

/** What the operator is told when a port cannot be opened. */
export function listenError(error: Error, transport: TransportName, address: Address): AspisError {
  const where = `${transport}://${printAddress(address)}`
  const code = 'code' in error ? error.code : undefined
  const options = { cause: error }
  if (code === 'EADDRINUSE') {
    return new AspisError('ERR_ASPIS_PORT_IN_USE', `${where}: another process has this port`, options)
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const help = 'ports below 1024 need CAP_NET_BIND_SERVICE'
    return new AspisError('ERR_ASPIS_PORT_FORBIDDEN', `${where}: not permitted; ${help}`, options)
  }
  if (code === 'EADDRNOTAVAIL') {
    return new AspisError(
      'ERR_ASPIS_ADDRESS_UNAVAILABLE',
      `${where}: this machine does not have this address`,
      options,
    )
  }
  return new AspisError('ERR_ASPIS_LISTEN_FAILED', `${where}: ${error.message}`, options)
}
