#pragma once

#include "evaluatorgraph.h"

#include <analysis/wbp.h>

namespace analysis::wbp {

/// [n, classes] with 1 where the class of each row is.
at::Tensor oneHot(const at::Tensor& classes, const at::Tensor& logits);

/// [n, height, width]: the sum over channels of weights * (x - baseline), all [n, 3, height, width].
at::Tensor contributions(const at::Tensor& weights, const at::Tensor& fromBaseline);

/// [n, channels, 1, 1]: the mean colour of the outermost pixels of each picture.
at::Tensor edgeColour(const at::Tensor& x);

/// Means over side x side squares, as far as they lie within, [n, height, width]; `side` is odd.
at::Tensor blurred(const at::Tensor& values, int side);

/// Positive values by the largest of each picture, [n, height, width]; 0 where none is positive.
at::Tensor normalized(const at::Tensor& values);

/// The gradient of one logit of one picture by the picture, from autograd. `logits` makes [1, classes].
at::Tensor gradientOf(const std::function<at::Tensor(const at::Tensor&)>& logits, const at::Tensor& x, int cls);

/// Picks the class and checks the logits [1, classes]: `name` is who said them. Throws BadInput for a class that
/// there is none of.
int chosenClass(const at::Tensor& logits, const std::optional<int>& cls);

/// A finished result from values [1, height, width]. Throws ldm::Error (Failed) for values that are not finite.
Salience finished(const at::Tensor& values, const at::Tensor& logits, int cls);

} // namespace analysis::wbp
