import type { KerasRules } from "../node.js";
export const RECURRENT_RULES: KerasRules = {};
