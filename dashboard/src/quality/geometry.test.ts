import { expect, it } from "vitest";

import { effectAt, pointsOf, xOf, yOf } from "./geometry";

const EFFECTS = [
  { threshold: 0, answered_share: 1, false_answer_share: null },
  { threshold: 0.5, answered_share: 0.9, false_answer_share: 0.1 },
  { threshold: 1, answered_share: 0, false_answer_share: 0 },
];

it("draws only the steps that there is a share of", () => {
  const drawn = pointsOf(EFFECTS, "false_answer_share").split(" ");
  expect(drawn).toEqual([`${xOf(0.5).toFixed(1)},${yOf(0.1).toFixed(1)}`, `${xOf(1).toFixed(1)},${yOf(0).toFixed(1)}`]);
  expect(pointsOf([], "answered_share")).toBe("");
});

it("puts larger shares higher and larger thresholds further along", () => {
  expect(yOf(1)).toBeLessThan(yOf(0));
  expect(xOf(1)).toBeGreaterThan(xOf(0));
});

it("reads the step that is nearest", () => {
  expect(effectAt(EFFECTS, 0.6)?.threshold).toBe(0.5);
  expect(effectAt(EFFECTS, 0.8)?.threshold).toBe(1);
  expect(effectAt([], 0.5)).toBeUndefined();
});
