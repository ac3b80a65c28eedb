import { parentPort, workerData } from 'node:worker_threads'
import { AspisError } from '../../base/errors.ts'
import { LocationFile } from './location-file.ts'
import type { Answer, Order, ThreadData } from './thread-talk.ts'

/** The thread that writes bindings, so that a sync of the disk never holds up a SIP message. */
const { path, id, inode }: ThreadData = workerData
const file = new LocationFile(path, id, inode)

parentPort?.on('message', (order: Order) => {
  if (order === 'close') {
    file.close()
    parentPort?.close()
    return
  }
  parentPort?.postMessage(answerTo(order))
})

function answerTo(order: Exclude<Order, 'close'>): Answer {
  try {
    return file.commit(order.batch, order.everything)
  } catch (error) {
    if (error instanceof AspisError) return { code: error.code, message: error.message }
    throw error
  }
}
