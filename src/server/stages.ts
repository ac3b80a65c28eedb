// `aspis check --explain` prints the way of a request; commands import the server only.
export { stageNames } from '../pipeline/request.ts'
