import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

const ANSWER_MS = 10_000

/**
 * Posts a body; follows no redirect, and reads nothing of the answer but its status.
 * @throws Error when there was no 2xx in time
 */
export function post(url: URL, body: string, headers: Readonly<Record<string, string>>): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      timeout: ANSWER_MS,
    })
    const deadline = setTimeout(
      () => request.destroy(new Error(`no answer within ${ANSWER_MS} ms`)),
      ANSWER_MS,
    )
    request.on('response', response => {
      clearTimeout(deadline)
      const { statusCode = 0 } = response
      response.destroy()
      if (statusCode >= 200 && statusCode < 300) resolve()
      else reject(new Error(`answered ${statusCode}`))
    })
    request.on('error', error => {
      clearTimeout(deadline)
      reject(error)
    })
    request.end(body)
  })
}
