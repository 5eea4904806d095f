// Conformance but L1: memory, gradients, fused kernels and programs.
import { conformancePart } from "./testing/conformance.js";

await conformancePart((group) => !group.startsWith("L1 "));
