/** Where the curve of thresholds lies in its drawing, and what a threshold means by it. */
import type { ThresholdEffect } from "../api/knowledge";

export const WIDTH = 320;
export const HEIGHT = 190;
const LEFT = 36;
const RIGHT = 16;
const TOP = 10;
const BOTTOM = 26;

export type Share = "answered_share" | "false_answer_share";

/** Both from 0 to 1. */
export const xOf = (threshold: number) => LEFT + threshold * (WIDTH - LEFT - RIGHT);
export const yOf = (share: number) => HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);

/** The points of a polyline; empty where there is nothing to have a share in. */
export function pointsOf(effects: readonly ThresholdEffect[], share: Share): string {
  return effects
    .flatMap((effect) => {
      const value = effect[share];
      return value === null ? [] : [`${xOf(effect.threshold).toFixed(1)},${yOf(value).toFixed(1)}`];
    })
    .join(" ");
}

/** The step of the curve that is nearest to a threshold. */
export function effectAt(effects: readonly ThresholdEffect[], threshold: number): ThresholdEffect | undefined {
  const distance = (effect: ThresholdEffect) => Math.abs(effect.threshold - threshold);
  return effects.reduce<ThresholdEffect | undefined>(
    (nearest, effect) => (nearest === undefined || distance(effect) < distance(nearest) ? effect : nearest),
    undefined,
  );
}
