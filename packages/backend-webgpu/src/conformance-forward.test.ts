// Conformance, L1: every primitive forward in every element type.
import { conformancePart } from "./testing/conformance.js";

await conformancePart((group) => group.startsWith("L1 "));
