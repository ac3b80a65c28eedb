import { Worker } from './worker.ts'

/** What a worker process runs: it waits for its first order, and ends with its primary. */
new Worker(process).run()
