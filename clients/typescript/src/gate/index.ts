// A gate without a connection: what a pass is worth, from what the gate has fetched before.
//
// The rule and the formats are in `docs/passes.md`. Everything here is without I/O: times are seconds since
// 1970 that are handed in, and nothing is fetched. Keep a `GateKnowledge`; renew its keys and lists whenever
// there is a connection; ask `judgePass`.

export { judgePass, type GateKnowledge, type PassVerdict } from './judging.js';
export type { StatusList } from './list_state.js';
export type { PassClaims, PassStatus } from './passes.js';
export { PassFaulty, type KnownHub, type PassFault } from './signed.js';
export { checkJustFetched, takeDelta, takeSnapshot } from './status_lists.js';
