// Conformance, L1: primitives forward in every element type, those from a to l.
import { conformancePart } from "./testing/conformance.js";

await conformancePart((group) => /^L1 [a-l]/.test(group));
