import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Responses } from '../detect/responses.ts'

const MAX_BODY_BYTES = 4096
const MAX_SECONDS = 365 * 86_400
const MAX_REASON_CHARS = 200
const PAGE = 200

const BanBody = z.strictObject({
  network: z.string().min(1).max(64),
  seconds: z.number().int().min(1).max(MAX_SECONDS),
  reason: z.string().max(MAX_REASON_CHARS),
})

/** Bans, incidents and findings as JSON: what `aspis ban` asks. Behind the guard of the admin interface. */
export function detectionPages(responses: () => Responses | undefined): Hono {
  const app = new Hono()
  const withResponses = (act: (there: Responses, context: Context) => Response | Promise<Response>) => {
    return async (context: Context): Promise<Response> => {
      const there = responses()
      return there === undefined ? failure(context, 'the server is starting', 503) : act(there, context)
    }
  }
  app.get(
    '/orders',
    withResponses((there, context) => {
      return context.json({ orders: there.orders(), wouldBe: there.wouldBeOrders().slice(-PAGE) })
    }),
  )
  app.get(
    '/why',
    withResponses((there, context) => {
      const about = context.req.query('about') ?? ''
      return about === ''
        ? failure(context, 'say whom: ?about=192.0.2.7', 400)
        : context.json(there.why(about.slice(0, 300)))
    }),
  )
  app.get(
    '/incidents',
    withResponses((there, context) => context.json(there.incidents().slice(-PAGE))),
  )
  app.get(
    '/findings',
    withResponses((there, context) => context.json(there.findings().slice(0, PAGE))),
  )
  app.post(
    '/bans',
    withResponses(async (there, context) => {
      const text = await context.req.text()
      const body = text.length > MAX_BODY_BYTES ? undefined : BanBody.safeParse(parsed(text)).data
      if (body === undefined)
        return failure(context, 'write {"network": "192.0.2.7", "seconds": 3600, "reason": "…"}', 400)
      const done = there.ban(body)
      return typeof done === 'string' ? failure(context, done, 409) : context.json(done)
    }),
  )
  app.delete(
    '/bans',
    withResponses((there, context) => {
      const about = (context.req.query('about') ?? '').slice(0, 300)
      const lifted = there.lift(about)
      return lifted === undefined
        ? failure(context, `nothing is ordered about "${about}"`, 404)
        : context.json(lifted)
    }),
  )
  return app
}

function failure(context: Context, error: string, status: 400 | 404 | 409 | 503): Response {
  return context.json({ error }, status)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: the schema says what is to be written.
    return undefined
  }
}
