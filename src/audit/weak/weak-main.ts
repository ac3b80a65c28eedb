import { openAdmin } from './admin.ts'
import { inTurn } from './certificates.ts'
import { openDiameter } from './diameter.ts'
import { House, type HouseSetup } from './house.ts'
import type { Came } from './message.ts'
import { openProvisioning, openTelnet, openTftp } from './provisioning.ts'
import { openSip, openTls } from './sockets.ts'
import { walk } from './walk.ts'
import { openWebSocket } from './web-socket.ts'

/** How often it says that it lives. */
const ALIVE_MS = 500

// The process of the weak server: its owner sends the setup, it answers with its ports, again and again.
process.once('message', (setup: HouseSetup) => {
  serve(setup).then(
    ports => {
      process.send?.(ports)
      setInterval(() => process.send?.(ports), ALIVE_MS)
    },
    () => process.exit(1),
  )
})
process.once('disconnect', () => process.exit(0))

async function serve(setup: HouseSetup): Promise<HouseSetup['ports']> {
  const house = new House(setup)
  const hears = (came: Came): void => inTurn(came.text, () => walk(house, came))
  const { ports } = setup
  house.ports = {
    SIP: await openSip(house, hears, ports.SIP),
    TLS: await openTls(house, hears, ports.TLS),
    WS: await openWebSocket(house, hears, ports.WS),
    admin: await openAdmin(house, ports.admin),
    tftp: await openTftp(house, ports.tftp),
    http: await openProvisioning(house, ports.http),
    telnet: await openTelnet(ports.telnet),
    diameter: await openDiameter(ports.diameter),
  }
  return house.ports
}
