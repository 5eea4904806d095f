import type { KerasRules } from "../node.js";
export const ATTENTION_RULES: KerasRules = {};
