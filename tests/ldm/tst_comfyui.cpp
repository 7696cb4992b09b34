#include "quantizedpart.h"
#include "support/testmain.h"

#include <ldm/checkpoint.h>

#include <QTemporaryDir>
#include <QTest>

using nlohmann::json;
using support::code;
using support::contains;
using support::failureOf;
using support::floats;
using support::scale;
using support::signedBytes;
using support::StoredTensors;

namespace fs = std::filesystem;

using Change = std::function<void(StoredTensors&)>;
Q_DECLARE_METATYPE(Change)

namespace {

// A linear layer of 64 inputs in the original layout, and its name in diffusers'.
const std::string kModule = "model.diffusion_model.input_blocks.3.1.transformer_blocks.0.attn2.to_k";
const std::string kDiffusers = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight";
constexpr std::int64_t kOutputs = 128, kInputs = 64;

void put(StoredTensors& file, const json& marker, const at::Tensor& scales) {
    file.set(kModule + ".weight", signedBytes({kOutputs, kInputs}, code));
    file.set(kModule + ".weight_scale", scales);
    file.set(kModule + ".comfy_quant", support::textBytes(marker.dump()));
}

const json kPlain = {{"format", "int8_tensorwise"}};

json rotated(int size) {
    return {{"format", "int8_tensorwise"}, {"convrot", true}, {"convrot_groupsize", size}};
}

/// An element of the rotation: a product of those of the matrix of four rows, one for each base-4 digit of its place.
float rotation(std::int64_t row, std::int64_t column, std::int64_t size) {
    static constexpr float kFour[4][4] = {{1, 1, 1, -1}, {1, 1, -1, 1}, {1, -1, 1, 1}, {-1, 1, 1, 1}};
    float product = 1;
    for (; size > 1; size /= 4, row /= 4, column /= 4) product *= kFour[row % 4][column % 4] / 2;
    return product;
}

} // namespace

/// Single files whose linear layers ComfyUI quantized.
class ComfyUiTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() {
        m_whole.tensors = support::inOriginalLayout(support::familyModel(support::ModelFamily::Sd1));
        std::erase_if(m_whole.tensors, [](const ldm::StoredTensor& tensor) {
            return !tensor.name.starts_with("model.diffusion_model.");
        });
    }
    void init() {
        m_folder = std::make_unique<QTemporaryDir>();
        m_file = m_whole;
    }

    void rowsAreScaledEachByItsOwn() {
        put(m_file, {{"format", "int8_tensorwise"}, {"full_precision_matrix_mult", true}},
            floats({kOutputs, 1}, scale));
        m_file.set(kModule + ".input_scale", at::ones({}));
        const ldm::StoredTensor found = read();
        QCOMPARE(found.storedAs, std::string("I8 rows"));
        QCOMPARE(found.bytes, std::uint64_t(kOutputs * kInputs + kOutputs * 4));
        QVERIFY(at::equal(found.values(),
                          floats({kOutputs, kInputs}, [](auto i) { return float(code(i)) * scale(i / kInputs); })));
    }

    void aTensorMayHaveOneScale() {
        put(m_file, kPlain, at::full({}, 0.25F));
        const ldm::StoredTensor found = read();
        QCOMPARE(found.storedAs, std::string("I8 tensor"));
        QVERIFY(at::equal(found.values(), floats({kOutputs, kInputs}, [](auto i) { return 0.25F * float(code(i)); })));
    }

    void theMetadataMayMarkThemInstead() {
        put(m_file, kPlain, floats({kOutputs, 1}, scale));
        const at::Tensor expected = read().values();
        m_file.erase(kModule + ".comfy_quant");
        const auto marked = [&](const json& marker) {
            const json listed = {{"format_version", "1.0"}, {"layers", {{kModule, marker}}}};
            std::vector<ldm::TensorToWrite> tensors;
            std::vector<at::Tensor> values;
            for (const ldm::StoredTensor& tensor : m_file.tensors) {
                values.push_back(tensor.values().contiguous());
                const auto* data = static_cast<const std::byte*>(values.back().data_ptr());
                tensors.push_back({tensor.name, tensor.type, tensor.shape, {data, values.back().nbytes()}});
            }
            ldm::writeSafetensors(path(), tensors, {{"_quantization_metadata", listed.dump()}});
            return *ldm::openCheckpoint({path().string(), {}, {}, {}, {}}).find("unet")->tensors.find(kDiffusers);
        };
        QVERIFY(at::equal(marked(kPlain).values(), expected));
        const std::string said = failureOf(ldm::ErrorKind::BadInput, [&] { marked({{"format", "nvfp4"}}); });
        QVERIFY2(contains(said, kModule) && contains(said, "nvfp4"), said.c_str());
    }

    void rotationsAreUndone() {
        for (const int size : {4, 16, 64}) {
            put(m_file, rotated(size), floats({kOutputs, 1}, scale));
            const ldm::StoredTensor found = read();
            QCOMPARE(found.storedAs, std::string("I8 rows, rotated"));
            const at::Tensor expected = floats({kOutputs, kInputs}, [&](auto i) {
                const auto column = i % kInputs, first = i - column % size;
                float sum = 0; // exact: small integers times powers of two
                for (int j = 0; j < size; ++j) sum += float(code(first + j)) * rotation(j, column % size, size);
                return sum * scale(i / kInputs);
            });
            QVERIFY(at::equal(found.values(), expected));
        }
    }

    void theRestOfTheFileIsAsBefore() {
        const at::Tensor before = m_file.at(kModule.substr(0, kModule.size() - 1) + "v.weight");
        put(m_file, kPlain, floats({kOutputs, 1}, scale));
        const ldm::PartSource unet = *opened().find("unet");
        const std::string neighbour = kDiffusers.substr(0, kDiffusers.size() - 8) + "v.weight";
        QVERIFY(at::equal(unet.tensors.find(neighbour)->values(), before));
        for (const ldm::StoredTensor& tensor : unet.tensors.tensors())
            QVERIFY2(!contains(tensor.name, "comfy_quant") && !contains(tensor.name, "scale"), tensor.name.c_str());
    }

    void whatCannotBeDecodedIsRefused_data() {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QStringList>("parts");
        const at::Tensor rows = floats({kOutputs, 1}, scale);
        const auto marked = [rows](const json& marker) {
            return [=](StoredTensors& file) { put(file, marker, rows); };
        };
        const auto scaled = [](const at::Tensor& scales) {
            return [=](StoredTensors& file) { put(file, kPlain, scales); };
        };
        const auto changed = [rows](const Change& change) {
            return [=](StoredTensors& file) {
                put(file, kPlain, rows);
                change(file);
            };
        };
        const auto row = [](const char* name, const Change& change, const QStringList& parts) {
            QTest::newRow(name) << change << parts;
        };
        row("another format", marked({{"format", "float8_e4m3fn"}}), {"float8_e4m3fn", "int8_tensorwise"});
        row("no format", marked(json::object()), {"format", "missing"});
        row("a list", marked(json::array()), {"comfy_quant"});
        row("an unknown setting", marked({{"format", "int8_tensorwise"}, {"zero_point", 3}}), {"zero_point"});
        row("a rotation of no such size", marked(rotated(32)), {"convrot_groupsize", "32"});
        row("a rotation of one", marked(rotated(1)), {"convrot_groupsize"});
        row("a rotation that does not divide", marked(rotated(256)), {"64 columns", "256"});
        row("a rotation with one scale", [](StoredTensors& file) { put(file, rotated(16), at::full({}, 0.25F)); },
            {"weight_scale", "[128, 1]"});
        row("scales of another shape", scaled(floats({kOutputs}, scale)), {"weight_scale", "[128]", "[128, 1]"});
        row("scales of half precision", scaled(rows.to(at::kHalf)), {"weight_scale", "F16"});
        row("a scale below zero", scaled(-rows), {"weight_scale", "below zero"});
        row("a scale that is infinite", scaled(rows / 0), {"weight_scale", "finite"});
        row("no scale", changed([](StoredTensors& file) { file.erase(kModule + ".weight_scale"); }), {"weight_scale"});
        row("no weight", changed([](StoredTensors& file) { file.erase(kModule + ".weight"); }), {"to_k.weight"});
        row("a weight of floats", changed([](StoredTensors& file) {
                file.set(kModule + ".weight", at::zeros({kOutputs, kInputs}));
            }),
            {"to_k.weight", "F32", "I8"});
        row("a weight that is no matrix", changed([](StoredTensors& file) {
                file.set(kModule + ".weight", signedBytes({kOutputs, kInputs, 1, 1}, code));
            }),
            {"to_k.weight", "no matrix"});
        row("a marker of numbers",
            changed([](StoredTensors& file) { file.set(kModule + ".comfy_quant", signedBytes({4}, code)); }),
            {"comfy_quant", "I8"});
        row("a marker of nonsense",
            changed([](StoredTensors& file) { file.set(kModule + ".comfy_quant", support::textBytes("int8")); }),
            {"comfy_quant"});
        row("a marker that is long", changed([](StoredTensors& file) {
                file.set(kModule + ".comfy_quant", support::textBytes(std::string(5000, ' ')));
            }),
            {"comfy_quant", "no short text"});
    }

    void whatCannotBeDecodedIsRefused() {
        QFETCH(Change, change);
        QFETCH(QStringList, parts);
        change(m_file);
        const std::string said = failureOf(ldm::ErrorKind::BadInput, [&] { read().values(); });
        QVERIFY2(contains(said, path().string()), said.c_str());
        for (const QString& part : parts) QVERIFY2(contains(said, part.toStdString()), said.c_str());
    }

private:
    fs::path path() const { return fs::path(m_folder->path().toStdString()) / "model.safetensors"; }

    ldm::Checkpoint opened() const {
        support::writeTensors(path(), m_file.tensors);
        return ldm::openCheckpoint({path().string(), {}, {}, {}, {}});
    }
    ldm::StoredTensor read() const { return *opened().find("unet")->tensors.find(kDiffusers); }

    std::unique_ptr<QTemporaryDir> m_folder;
    StoredTensors m_whole; ///< a UNet in floats
    StoredTensors m_file;
};

NOISEFLOOR_TEST(ComfyUiTest)
#include "tst_comfyui.moc"
