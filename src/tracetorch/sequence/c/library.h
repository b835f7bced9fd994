// Generated from codegen/language/functions.py by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 6388738ab940d7f4
// The functions of C's library that expressions call, each with its name there: those that the C
// library of GNU has as vector code, and those that processors have instructions for.
#define LIBRARY \
    SCALAR(abs, fabs) \
    VECTOR(arcsinh, asinh) \
    VECTOR(atan, atan) \
    VECTOR(cos, cos) \
    VECTOR(cosh, cosh) \
    VECTOR(erf, erf) \
    VECTOR(expm1, expm1) \
    SCALAR(floor, floor) \
    VECTOR(log, log) \
    VECTOR(log1p, log1p) \
    SCALAR(round, rint) \
    VECTOR(sin, sin) \
    VECTOR(sinh, sinh) \
    SCALAR(sqrt, sqrt) \
    VECTOR(tan, tan) \
    VECTOR(tanh, tanh)
