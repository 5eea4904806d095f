// Functions of float32 against float64, on whatever driver there is: errors in units in the last place.
import { fromTypedArray, scope, setBackend, unaryOps } from "@isoform/core";
import { beforeAll, describe, expect, it } from "vitest";
