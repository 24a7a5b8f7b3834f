type Maybe = AbortSignal | undefined;

/** A signal that is aborted with the first of two, and has its reason. */
export function eitherSignal(one: Maybe, other: AbortSignal): AbortSignal;
export function eitherSignal(one: Maybe, other: Maybe): Maybe;
export function eitherSignal(one: Maybe, other: Maybe): Maybe {
  if (one === undefined || one === other) return other;
  return other === undefined ? one : AbortSignal.any([one, other]);
}
