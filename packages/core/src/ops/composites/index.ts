export * from "./rounding.js";
