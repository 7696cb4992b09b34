#include "ldm/failures.h"
#include "quant/onnxgraphs.h"
#include "quant/values.h"
#include "support/testmain.h"

#include <QTest>

#include <limits>

using support::Attributes;
using support::contains;
using support::failureOf;
using support::integers;
using support::outputOf;
using support::outputsOf;
using support::valuesOf;
using Sizes = std::vector<std::int64_t>;
using Floats = std::vector<float>;

namespace {

/// 0, 1, 2, ... in a shape.
at::Tensor counted(const Sizes& shape) {
    return at::arange(static_cast<std::int64_t>(quant::onnx::elements(shape)), at::kFloat).reshape(shape);
}

std::string refusalOf(const std::string& op, const quant::onnx::Tensors& inputs, const Attributes& attributes = {},
                      std::size_t outputs = 1) {
    return failureOf(ldm::ErrorKind::BadInput, [&] { outputsOf(op, inputs, attributes, outputs); });
}

Floats sliced(const Sizes& starts, const Sizes& ends, const Sizes& axes, const Sizes& steps) {
    return valuesOf(
        outputOf("Slice", {counted({3, 4}), integers(starts), integers(ends), integers(axes), integers(steps)}));
}

Attributes nearest(const std::string& coordinates, const std::string& rounding) {
    return {
        {"mode", std::string("nearest")}, {"coordinate_transformation_mode", coordinates}, {"nearest_mode", rounding}};
}

/// A row of `from` places resized by this scale.
Floats resizedRow(std::int64_t from, float scale, const std::string& coordinates, const std::string& rounding) {
    return valuesOf(
        outputOf("Resize", {counted({1, from}), {}, at::tensor({1.0F, scale})}, nearest(coordinates, rounding)));
}

} // namespace

class OnnxShapesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void reshapingKeepsTheOrderOfValues() {
        const at::Tensor x = counted({2, 3, 4});
        const at::Tensor y = outputOf("Reshape", {x, integers({0, -1, 2})});
        QCOMPARE(y.sizes().vec(), (Sizes{2, 6, 2}));
        QCOMPARE(valuesOf(y), valuesOf(x));
        const at::Tensor empty = at::zeros({0, 3});
        QCOMPARE(outputOf("Reshape", {empty, integers({3, 0})}, {{"allowzero", std::int64_t{1}}}).sizes().vec(),
                 (Sizes{3, 0}));
        QVERIFY(contains(refusalOf("Reshape", {x, integers({5, -1})}), "fails"));
        QVERIFY(contains(refusalOf("Reshape", {x, integers({2, 3, 4, 0})}), "axis that is not there"));
        QVERIFY(contains(refusalOf("Reshape", {x, at::tensor({2.0F})}), "list of integers"));
    }

    void axesAreExchanged() {
        const at::Tensor x = counted({2, 3});
        QCOMPARE(valuesOf(outputOf("Transpose", {x})), (Floats{0, 3, 1, 4, 2, 5}));
        const at::Tensor y = outputOf("Transpose", {counted({2, 3, 4})}, {{"perm", Sizes{1, 0, 2}}});
        QCOMPARE(y.sizes().vec(), (Sizes{3, 2, 4}));
        QCOMPARE(y[2][1][3].item<float>(), 23.0F);
        QVERIFY(contains(refusalOf("Transpose", {x}, {{"perm", Sizes{0, 0}}}), "fails"));
    }

    void tensorsAreJoinedAndSplit() {
        const at::Tensor x = counted({2, 3});
        QCOMPARE(valuesOf(outputOf("Concat", {x, x + 10}, {{"axis", std::int64_t{-1}}})),
                 (Floats{0, 1, 2, 10, 11, 12, 3, 4, 5, 13, 14, 15}));
        QVERIFY(contains(refusalOf("Concat", {x, integers({1})}, {{"axis", std::int64_t{0}}}), "mixes types"));
        QVERIFY(contains(refusalOf("Concat", {x, x}), "axis"));
        const quant::onnx::Tensors halves = outputsOf("Split", {x}, {}, 2);
        QCOMPARE(valuesOf(halves[1]), (Floats{3, 4, 5}));
        const quant::onnx::Tensors parts = outputsOf("Split", {x, integers({1, 2})}, {{"axis", std::int64_t{1}}}, 2);
        QCOMPARE(valuesOf(parts[0]), (Floats{0, 3}));
        QCOMPARE(valuesOf(parts[1]), (Floats{1, 2, 4, 5}));
        QVERIFY(contains(refusalOf("Split", {x}, {{"axis", std::int64_t{1}}}, 2), "equal parts"));
        QVERIFY(contains(refusalOf("Split", {x, integers({1, 1})}, {}, 3), "number of parts"));
    }

    void slicesEndWithinTheirAxis() {
        constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
        QCOMPARE(sliced({1, 0}, {3, kMost}, {1, 0}, {1, 2}), (Floats{1, 2, 9, 10}));
        QCOMPARE(sliced({-1}, {kMost}, {0}, {1}), (Floats{8, 9, 10, 11}));
        QCOMPARE(sliced({-1}, {-kMost}, {0}, {-2}), (Floats{8, 9, 10, 11, 0, 1, 2, 3}));
        QCOMPARE(sliced({20}, {0}, {-2}, {-1}), (Floats{8, 9, 10, 11, 4, 5, 6, 7}));
        QCOMPARE(sliced({2}, {1}, {0}, {1}), Floats{});
        QVERIFY(contains(failureOf(ldm::ErrorKind::BadInput, [] { sliced({0}, {1}, {0}, {0}); }), "steps of 0"));
        QVERIFY(contains(failureOf(ldm::ErrorKind::BadInput,
                                   [] {
                                       sliced({0}, {1, 2}, {0}, {1});
                                   }),
                         "different number"));
    }

    void entriesAreGatheredInAnyOrder() {
        const at::Tensor x = counted({3, 2});
        const at::Tensor y = outputOf("Gather", {x, integers({2, -3, 2, 1}).reshape({2, 2})});
        QCOMPARE(y.sizes().vec(), (Sizes{2, 2, 2}));
        QCOMPARE(valuesOf(y), (Floats{4, 5, 0, 1, 4, 5, 2, 3}));
        const at::Tensor one = outputOf("Gather", {x, at::scalar_tensor(1, at::kLong)}, {{"axis", std::int64_t{1}}});
        QCOMPARE(one.sizes().vec(), Sizes{3});
        QCOMPARE(valuesOf(one), (Floats{1, 3, 5}));
        QVERIFY(contains(refusalOf("Gather", {x, integers({3})}), "fails"));
        QVERIFY(contains(refusalOf("Gather", {x, x}), "indices"));
    }

    void axesComeAndGo() {
        const at::Tensor x = counted({2, 3});
        QCOMPARE(outputOf("Unsqueeze", {x, integers({-1, 0})}).sizes().vec(), (Sizes{1, 2, 3, 1}));
        QCOMPARE(outputOf("Squeeze", {x.reshape({1, 2, 1, 3}), integers({2, 0})}).sizes().vec(), (Sizes{2, 3}));
        QCOMPARE(outputOf("Squeeze", {x.reshape({1, 2, 1, 3})}).sizes().vec(), (Sizes{2, 3}));
        QVERIFY(contains(refusalOf("Squeeze", {x, integers({0})}), "more than one entry"));
        QVERIFY(contains(refusalOf("Unsqueeze", {x, integers({1, 1})}), "twice"));
    }

    void tilesStandSideBySide() {
        QCOMPARE(valuesOf(outputOf("Tile", {counted({1, 2}), integers({2, 2})})), (Floats{0, 1, 0, 1, 0, 1, 0, 1}));
        QVERIFY(contains(refusalOf("Tile", {counted({1, 2}), integers({2})}), "per axis"));
    }

    void shapesAreBroadcastBothWays() {
        QCOMPARE(outputOf("Expand", {counted({3, 1}), integers({2, 1, 4})}).sizes().vec(), (Sizes{2, 3, 4}));
        QCOMPARE(outputOf("Expand", {counted({3}), integers({1})}).sizes().vec(), Sizes{3});
        QVERIFY(contains(refusalOf("Expand", {counted({3}), integers({2})}), "fails"));
        QVERIFY(contains(refusalOf("Expand", {counted({1}), integers({-1})}), "negative"));
    }

    void shapesAndConstantsAreValues() {
        const at::Tensor x = counted({2, 3, 4});
        QCOMPARE(valuesOf(outputOf("Shape", {x})), (Floats{2, 3, 4}));
        QCOMPARE(valuesOf(outputOf("Shape", {x}, {{"start", std::int64_t{-2}}, {"end", std::int64_t{9}}})),
                 (Floats{3, 4}));
        QCOMPARE(valuesOf(outputOf("Constant", {}, {{"value_float", 2.5F}})), Floats{2.5F});
        QCOMPARE(outputOf("Constant", {}, {{"value_int", std::int64_t{3}}}).scalar_type(), at::kLong);
        QCOMPARE(valuesOf(outputOf("Constant", {}, {{"value_ints", Sizes{3, 1}}})), (Floats{3, 1}));
        QVERIFY(contains(refusalOf("Constant", {}), "no value"));
    }

    void ofEqualValuesTheFirstIsTheLargest() {
        const at::Tensor x = at::tensor({1.0F, 5.0F, 5.0F, 7.0F, 2.0F, 7.0F}).reshape({2, 3});
        QCOMPARE(valuesOf(outputOf("ArgMax", {x}, {{"axis", std::int64_t{1}}})), (Floats{1, 0}));
        const at::Tensor flat = outputOf("ArgMax", {x.to(at::kInt)}, {{"keepdims", std::int64_t{0}}});
        QCOMPARE(flat.sizes().vec(), Sizes{3});
        QCOMPARE(flat.scalar_type(), at::kLong);
        QCOMPARE(valuesOf(flat), (Floats{1, 0, 1}));
        QVERIFY(contains(refusalOf("ArgMax", {x}, {{"select_last_index", std::int64_t{1}}}), "last"));
    }

    void paddingAddsOrRemovesOnEachSide() {
        const at::Tensor x = at::tensor({1.0F, 2.0F, 3.0F, 4.0F}).reshape({2, 2});
        QCOMPARE(valuesOf(outputOf("Pad", {x, integers({1, 0, 0, 2}), at::scalar_tensor(9.0F)})),
                 (Floats{9, 9, 9, 9, 1, 2, 9, 9, 3, 4, 9, 9}));
        QCOMPARE(valuesOf(outputOf("Pad", {x, integers({-1, 0, 0, 1})})), (Floats{3, 4, 0}));
        QVERIFY(contains(refusalOf("Pad", {x, integers({1, 1})}), "two pads per axis"));
        QVERIFY(contains(refusalOf("Pad", {x, integers({0, 0, 0, 0})}, {{"mode", std::string("edge")}}), "constant"));
    }

    void picturesAreResizedToTheNearest() {
        const at::Tensor x = counted({1, 2, 3, 5});
        const at::Tensor doubled =
            outputOf("Resize", {x, {}, at::tensor({1.0F, 1.0F, 2.0F, 2.0F})}, nearest("asymmetric", "floor"));
        QVERIFY(at::equal(doubled, x.repeat_interleave(2, 2).repeat_interleave(2, 3)));
        const at::Tensor bySize =
            outputOf("Resize", {x, {}, {}, integers({1, 2, 7, 9})}, nearest("asymmetric", "floor"));
        QVERIFY(at::equal(bySize, at::upsample_nearest2d(x, {7, 9})));
        // The examples of the operator's specification, shortened to one row.
        QCOMPARE(resizedRow(4, 0.6F, "half_pixel", "round_prefer_floor"), (Floats{0, 2}));
        QCOMPARE(resizedRow(2, 3, "half_pixel", "round_prefer_floor"), (Floats{0, 0, 0, 1, 1, 1}));
        QCOMPARE(resizedRow(4, 2, "half_pixel", "ceil"), (Floats{0, 1, 1, 2, 2, 3, 3, 3}));
        QCOMPARE(resizedRow(4, 2, "align_corners", "floor"), (Floats{0, 0, 0, 1, 1, 2, 2, 3}));
        QCOMPARE(resizedRow(4, 2, "asymmetric", "ceil"), (Floats{0, 1, 1, 2, 2, 3, 3, 3}));
        QCOMPARE(resizedRow(2, 2, "asymmetric", "round_prefer_floor"), (Floats{0, 0, 1, 1}));
        QCOMPARE(resizedRow(2, 2, "asymmetric", "round_prefer_ceil"), (Floats{0, 1, 1, 1}));
        QCOMPARE(resizedRow(5, 0.2F, "pytorch_half_pixel", "floor"), Floats{0});
    }

    void resizingInOtherWaysIsRefused() {
        const at::Tensor x = counted({1, 4});
        const at::Tensor scales = at::tensor({1.0F, 2.0F});
        QVERIFY(contains(refusalOf("Resize", {x, {}, scales}, {{"mode", std::string("cubic")}}), "mode"));
        QVERIFY(contains(refusalOf("Resize", {x, {}, scales}, nearest("tf_crop_and_resize", "floor")), "coordinate"));
        QVERIFY(contains(refusalOf("Resize", {x, {}, scales}, nearest("asymmetric", "up")), "nearest_mode"));
        QVERIFY(contains(refusalOf("Resize", {x, {}, scales, integers({1, 8})}), "either scales or sizes"));
        QVERIFY(contains(refusalOf("Resize", {x, {}, at::tensor({2.0F})}), "per axis"));
        QVERIFY(contains(refusalOf("Resize", {x, {}, at::tensor({1.0F, 0.0F})}), "nothing"));
    }
};

NOISEFLOOR_TEST(OnnxShapesTest)

#include "tst_onnxshapes.moc"
