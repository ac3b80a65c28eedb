import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'

/**
 * Runs in the browser's namespace: serves the phone's page on loopback, opens it in Chromium and passes calls on:
 * lines `{"id":1,"method":"call","args":["sip:…"]}` in, `{"id":1,"result":…}` out.
 * Arguments: the port of the page, the WAV file that the microphone plays.
 */
const [port = '8099', tone = ''] = process.argv.slice(2)
const bundle = await build({
  entryPoints: [new URL('browser-page.mjs', import.meta.url).pathname],
  bundle: true,
  format: 'iife',
  write: false,
  define: { global: 'globalThis' },
  logLevel: 'error',
})
const script = bundle.outputFiles[0]?.text ?? ''
const page = '<!doctype html><link rel="icon" href="data:,"><h1>phone</h1><script src="phone.js"></script>'
const server = createServer((request, response) => {
  const isScript = request.url === '/phone.js'
  response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
  response.end(isScript ? script : page)
})
server.listen(Number(port), '127.0.0.1')

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--autoplay-policy=no-user-gesture-required',
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-audio-capture=${tone}`,
    // The ClientHello with a post-quantum share takes two datagrams, which linphone's DTLS does not put together.
    '--disable-features=WebRtcHideLocalIpsWithMdns,WebRtcPqcForDtls',
    '--force-fieldtrials=WebRTC-EnableDtlsPqc/Disabled/',
  ],
})
const context = await browser.newContext({ permissions: ['microphone'] })
const tab = await context.newPage()
tab.on('console', message => process.stderr.write(`${message.text()}\n`))
tab.on('pageerror', error => process.stderr.write(`${error.stack}\n`))
await tab.goto(`http://127.0.0.1:${port}/`)
process.stdout.write('{"id":0,"result":null}\n')

createInterface({ input: process.stdin })
  .on('line', async line => {
    const { id, method, args } = JSON.parse(line)
    try {
      const result = await tab.evaluate(`phone.${method}(...${JSON.stringify(args)})`)
      process.stdout.write(`${JSON.stringify({ id, result: result ?? null })}\n`)
    } catch (error) {
      process.stdout.write(`${JSON.stringify({ id, error: String(error) })}\n`)
    }
  })
  .on('close', async () => {
    await browser.close()
    server.close()
  })
