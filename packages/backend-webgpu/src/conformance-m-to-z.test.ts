// Conformance, L1: primitives forward in every element type, those from m to z.
import { conformancePart } from "./testing/conformance.js";

await conformancePart((group) => /^L1 [m-z]/.test(group));
