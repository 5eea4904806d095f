// The conformance suite on WebGPU, a part of its groups per test file: drivers in software take minutes to compile all shaders,
// and files run beside each other.
import { reference } from "@isoform/backend-reference";
import { conformanceTests } from "@isoform/conformance/vitest";
import { models } from "@isoform/conformance/models";
import { describe, it } from "vitest";
import { webgpu } from "../index.js";
import { missingAdapter } from "./adapter.js";
