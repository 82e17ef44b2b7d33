/** The sections of the knowledge that are not needed first, loaded together. */
export { EvaluationDetail } from "../quality/evaluation";
export { Quality } from "../quality/page";
export { SourceDetail } from "../sources/detail";
export { Sources } from "../sources/page";
