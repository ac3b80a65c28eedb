import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { AspisError } from '../../base/errors.ts'
import type { Secret } from '../../base/secret.ts'
import type { AdminConfig } from '../config/config.ts'
import type { Responses } from '../detect/responses.ts'
import { detectionPages } from './detection.ts'
import { bearsToken, type Guard, refuseForeign } from './guard.ts'

/** What the admin interface tells and does. */
export interface AdminSource {
  /** Why the server is not ready; empty when it is. */
  notReady(): readonly string[]
  /** Prometheus text. */
  metrics(): string | Promise<string>
  /** The effective configuration, secrets hidden. */
  configText(): string
  /**
   * Takes over the configuration file and the certificates.
   * @returns why not, or undefined; the old configuration then stays
   */
  reload(): Promise<string | undefined>
  /** What follows from findings; undefined while the server starts. */
  responses?(): Responses | undefined
}

export interface AdminOptions {
  readonly listen: AdminConfig
  readonly token: Secret
  /** PEM, for `https`; undefined for `http`. */
  readonly credentials?: { readonly key: string; readonly cert: string }
  readonly source: AdminSource
}

/** A running admin interface. */
export interface Admin {
  /** As a base URL, with the port that was given by the system when 0 was asked for. */
  readonly url: string
  close(): Promise<void>
}

const HEADERS_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 10_000
const MAX_CONNECTIONS = 64
/** Read without the token: they tell nothing about anyone. */
const OPEN_PAGES: ReadonlySet<string> = new Set(['/livez', '/metrics', '/readyz'])
const TEXT = { 'content-type': 'text/plain; charset=utf-8' }

/**
 * Serves health, metrics and commands.
 * @throws AspisError `ERR_ASPIS_ADMIN_LISTEN` when the address cannot be listened on
 */
export async function startAdmin(options: AdminOptions): Promise<Admin> {
  const { host, port, isSecure } = options.listen
  const guard: Guard = { host, isSecure, token: options.token }
  const app = buildApp(guard, options.source)
  const server = makeServer(app, options)
  await new Promise<void>((resolve, reject) => {
    server.once('error', cause => {
      const code = 'code' in cause ? String(cause.code) : cause.message
      reject(
        new AspisError('ERR_ASPIS_ADMIN_LISTEN', `admin: cannot listen on ${host}:${port} (${code})`, {
          cause,
        }),
      )
    })
    server.listen(port, host, resolve)
  })
  const bound = server.address()
  const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port
  return {
    url: `${isSecure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${boundPort}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function buildApp(guard: Guard, source: AdminSource): Hono {
  const app = new Hono()
  app.use(async (context, next) => {
    context.header('cache-control', 'no-store')
    context.header('x-content-type-options', 'nosniff')
    context.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
    const refused = refuseForeign(guard, context.req.header('host'), context.req.header('origin'))
    if (refused !== undefined) return context.text(`${refused}\n`, 403)
    const isRead = context.req.method === 'GET' || context.req.method === 'HEAD'
    const isOpen = isRead && OPEN_PAGES.has(context.req.path)
    if (!isOpen && !bearsToken(guard, context.req.header('authorization'))) {
      context.header('www-authenticate', 'Bearer')
      return context.text(
        'send "Authorization: Bearer TOKEN"; the token is in admin.token of the data folder\n',
        401,
      )
    }
    return next()
  })
  app.get('/livez', context => context.text('alive\n'))
  app.get('/readyz', context => {
    const reasons = source.notReady()
    return reasons.length === 0
      ? context.text('ready\n')
      : context.text(`not ready: ${reasons.join(', ')}\n`, 503)
  })
  app.get('/metrics', async context => {
    return context.body(await source.metrics(), 200, {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    })
  })
  app.get('/config', context => context.body(source.configText(), 200, TEXT))
  app.post('/reload', async context => {
    const failure = await source.reload()
    return failure === undefined ? context.text('reloaded\n') : context.text(`${failure}\n`, 409)
  })
  app.route(
    '/detection',
    detectionPages(() => source.responses?.()),
  )
  app.notFound(context =>
    context.text('no such page: /livez /readyz /metrics /config /detection/…, POST /reload\n', 404),
  )
  app.onError((_error, context) => context.text('internal error\n', 500))
  return app
}

function makeServer(app: Hono, options: AdminOptions): Server {
  const limits = {
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    maxHeaderSize: 8192,
  }
  const { credentials } = options
  const made =
    options.listen.isSecure && credentials !== undefined
      ? createAdaptorServer({
          fetch: app.fetch,
          overrideGlobalObjects: false,
          createServer: createSecureServer,
          serverOptions: { ...limits, ...credentials, minVersion: 'TLSv1.2' },
        })
      : createAdaptorServer({
          fetch: app.fetch,
          overrideGlobalObjects: false,
          createServer,
          serverOptions: limits,
        })
  if (options.listen.isSecure && credentials === undefined) {
    throw new AspisError('ERR_ASPIS_ADMIN_LISTEN', 'admin: https needs a certificate')
  }
  if (!('closeAllConnections' in made))
    throw new AspisError('ERR_ASPIS_ADMIN_LISTEN', 'admin: not an HTTP/1.1 server')
  made.maxConnections = MAX_CONNECTIONS
  return made
}
