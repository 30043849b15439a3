// What a client says to a hub.

/** A travel document exactly as it is printed. `kind` is a DocumentKind, such as RESIDENT_ID. */
export interface Document {
  readonly kind: string;
  readonly number: string;
  readonly name: string;
}

/** `ref` is the client's own name for it, and comes back with the answer: no number and no name of a
 * person. `region` and `purpose` are the manifest's unless they are given. */
export interface ManifestEntry {
  readonly document: Document;
  readonly ref?: string | undefined;
  readonly region?: string | undefined;
  readonly purpose?: string | undefined;
}

/** Where a code is scanned, and who scans it. */
export interface Checkpoint {
  readonly name: string;
  readonly position: string;
  readonly department: string;
  readonly verifierName: string;
  readonly verifierPhone: string;
}

/** For which place, a RegionCode, and for what, a RecognitionPurpose, such as ENTRY. */
export interface Asked {
  readonly region: string;
  readonly purpose: string;
}

/** Is told how many entries are answered, and of how many. */
export type Progress = (done: number, of: number) => void;

export interface ManifestAsked extends Asked {
  readonly progress?: Progress | undefined;
  /** Entries of one request at most. */
  readonly piece?: number | undefined;
}

/** Members that were not given are not sent. */
export function entryVariables({ document, ref, region, purpose }: ManifestEntry): object {
  return { document: documentVariables(document), ref, receivingRegion: region, purpose };
}

/** No more of an object than the document: what else it holds does not leave. */
export function documentVariables({ kind, number, name }: Document): object {
  return { kind, number, name };
}

export function checkpointVariables(checkpoint: Checkpoint): object {
  const { name, position, department, verifierName, verifierPhone } = checkpoint;
  return { name, position, department, verifierName, verifierPhone };
}
