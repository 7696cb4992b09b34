#include "quantizedpart.h"
#include "support/proceduralweights.h"
#include "support/testmain.h"

#include <ldm/denoise.h>
#include <ldm/model.h>
#include <ldm/networks.h>

#include <QTemporaryDir>
#include <QTest>

using nlohmann::json;
using support::bytes;
using support::code;
using support::contains;
using support::failureOf;
using support::floats;
using support::kConv;
using support::kLinear;
using support::putBytes;
using support::putNf4;
using support::putNibbles;
using support::putQuanto;
using support::putQuantoNibbles;
using support::putSdnq;
using support::QuantizedFolder;
using support::scale;
using support::sdnq;
using support::sdnqCode;
using support::sdnqCodes;
using support::Shape;
using support::signedBytes;

namespace fs = std::filesystem;

using Change = std::function<void(QuantizedFolder&)>;
Q_DECLARE_METATYPE(Change)
Q_DECLARE_METATYPE(Shape)

namespace {

/// Where an element of a weight is.
struct Place {
    std::int64_t output, input, kernel;
    Place(const Shape& shape, std::int64_t i) {
        const std::int64_t kernels = shape.size() > 2 ? shape[2] * shape[3] : 1;
        output = i / (shape[1] * kernels);
        input = i / kernels % shape[1];
        kernel = i % kernels;
    }
};

} // namespace

/// Parts of diffusers folders whose weights others quantized: what they mean by the formats' own definitions.
class QuantizedFoldersTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() {
        m_folder = std::make_unique<QTemporaryDir>();
        support::copyWritable(original(), model());
    }

    void sdnqIsDecodedInAllItsLayouts_data() {
        QTest::addColumn<std::string>("type");
        QTest::addColumn<int>("group");
        QTest::addColumn<std::string>("layer");
        QTest::addColumn<Shape>("shape");
        QTest::addColumn<Shape>("grouped");
        QTest::addColumn<Shape>("scales");
        QTest::addColumn<QString>("name");
        const auto row = [](const std::string& type, int group, bool conv, const Shape& grouped, const Shape& scales,
                            const char* name) {
            const Shape shape = conv ? Shape{16, 16, 3, 3} : Shape{16, 32};
            QTest::addRow("%s, %d, %s", type.c_str(), group, conv ? "convolution" : "linear")
                << type << group << (conv ? kConv : kLinear) << shape << grouped << scales << QString(name);
        };
        const Shape linear{16, 32}, conv{16, 16, 3, 3};
        for (const char* type : {"int8", "uint8", "int4", "uint4"}) {
            const std::string name = std::string("SDNQ ") + type;
            row(type, -1, false, linear, {16, 1}, name.c_str());
            row(type, -1, true, conv, {16, 1, 3, 3}, name.c_str());
            row(type, -2, false, linear, {1, 1}, name.c_str());
            row(type, -2, true, conv, {1, 1, 1, 1}, name.c_str());
            row(type, 8, false, {16, 4, 8}, {16, 4, 1}, (name + " g8").c_str());
            row(type, 8, true, {16, 2, 8, 3, 3}, {16, 2, 1, 3, 3}, (name + " g8").c_str());
            row(type, 64, false, linear, {16, 1}, name.c_str());                    // more than there are
            row(type, 10, false, {16, 2, 16}, {16, 2, 1}, (name + " g16").c_str()); // the next that divides
            row(type, 12, false, linear, {16, 1}, name.c_str());                    // less than two groups
            row(type, 0, false, {16, 8, 4}, {16, 8, 1}, (name + " g4").c_str());    // as it was chosen
        }
    }

    void sdnqIsDecodedInAllItsLayouts() {
        QFETCH(std::string, type);
        QFETCH(int, group);
        QFETCH(std::string, layer);
        QFETCH(Shape, shape);
        QFETCH(Shape, grouped);
        QFETCH(Shape, scales);
        QFETCH(QString, name);
        const bool isUnsigned = type.starts_with('u');
        const auto zero = [](std::int64_t i) { return -3 * scale(i + 1); };
        QuantizedFolder folder = stored();
        folder.config["quantization_config"] = sdnq(type, group);
        folder.weights.set(layer + ".weight", sdnqCodes(type, grouped, folder.weights.at(layer + ".weight").numel()));
        folder.weights.set(layer + ".scale", floats(scales, scale));
        if (isUnsigned) folder.weights.set(layer + ".zero_point", floats(scales, zero));
        const std::int64_t groups = grouped.size() > shape.size() ? grouped[1] : 1;
        const at::Tensor expected = floats(shape, [&](auto i) {
            const Place place(shape, i);
            const std::int64_t kernels = shape.size() > 2 ? 9 : 1;
            const std::int64_t inGroup = place.input / (shape[1] / groups);
            const std::int64_t s = scales[0] == 1 ? 0 : (place.output * groups + inGroup) * kernels + place.kernel;
            return float(sdnqCode(type, i)) * scale(s) + (isUnsigned ? zero(s) : 0);
        });
        const ldm::StoredTensor found = decoded(folder, layer + ".weight");
        QCOMPARE(QString::fromStdString(found.storedAs), name);
        QCOMPARE(found.shape, shape);
        QVERIFY(at::equal(found.values(), expected));
    }

    void sdnqTypesOfSingleLayersAreFoundByNameComponentBeginningAndStar() {
        for (const std::string& entry :
             {kLinear + ".weight", std::string("to_k"), std::string(".down_blocks.0.attentions"),
              std::string("down_blocks.*.attn2.to_k*"), std::string("*attn2.to_k")}) {
            QuantizedFolder folder = stored();
            putNibbles(folder);
            const json own = {{entry, {{"group_size", 16}}}};
            folder.config["quantization_config"] =
                sdnq("int8", -1, {{"modules_dtype_dict", {{"uint4", {entry}}}}, {"modules_quant_config", own}});
            QCOMPARE(decoded(folder, kLinear + ".weight").storedAs, std::string("SDNQ uint4 g16"));
        }
        QuantizedFolder other = stored();
        putSdnq(other);
        other.config["quantization_config"]["modules_dtype_dict"] = {
            {"uint4", {"attn2.to_k", "to", ".mid_block", "*to_q"}}};
        QCOMPARE(decoded(other, kLinear + ".weight").storedAs, std::string("SDNQ int8")); // none of them means it
    }

    void bitsandbytesIsDecoded() {
        QuantizedFolder folder = stored();
        putBytes(folder);
        folder.weights.set(kLinear + ".weight_format", bytes({}, [](auto) { return 0; }));
        const ldm::StoredTensor rows = decoded(folder, kLinear + ".weight");
        QCOMPARE(rows.storedAs, std::string("bnb int8"));
        QVERIFY(at::equal(rows.values(), floats({16, 32}, [](auto i) { return float(code(i)) * scale(i / 32); })));
        QuantizedFolder four = stored();
        putNf4(four);
        const ldm::StoredTensor blocks = decoded(four, kLinear + ".weight");
        QCOMPARE(blocks.storedAs, std::string("bnb nf4"));
        QVERIFY(at::equal(blocks.values(), floats({16, 32}, [](auto i) {
                              const auto level = i % 2 == 0 ? i / 2 >> 4 : i / 2 & 15; // high bits first
                              return (float(level) / 8 - 1) * scale(i / 64);
                          })));
    }

    void quantoIsDecodedByItsMap() {
        QuantizedFolder folder = stored();
        putQuanto(folder);
        const ldm::StoredTensor rows = decoded(folder, kLinear + ".weight");
        QCOMPARE(rows.storedAs, std::string("quanto qint8"));
        QVERIFY(at::equal(rows.values(), floats({16, 32}, [](auto i) { return float(code(i)) * scale(i / 32); })));
        QuantizedFolder four = stored(); // 144 = 16 * 9 elements an output, which 128, 96, 64 and 32 do not divide
        putQuantoNibbles(four, 16, 144);
        const ldm::StoredTensor groups = decoded(four, kConv + ".weight");
        QCOMPARE(groups.storedAs, std::string("quanto qint4 g144"));
        QVERIFY(at::equal(groups.values(), floats({16, 16, 3, 3}, [](auto i) {
                              const auto row = i / 144, byte = (row % 8 * 144 + i % 144) * 11 % 256;
                              const auto nibble = row < 8 ? byte & 15 : byte >> 4;
                              return float(nibble) * scale(row) - 3 * scale(row);
                          })));
    }

    void quantoIsDecodedAsDiffusersConfiguresIt() {
        QuantizedFolder folder = stored();
        putQuanto(folder);
        folder.map = nullptr;
        folder.config["quantization_config"] = {{"quant_method", "quanto"}, {"weights_dtype", "int8"}};
        QCOMPARE(decoded(folder, kLinear + ".weight").storedAs, std::string("quanto qint8"));
    }

    void aDecodedModelIsOneLikeAnyOther() {
        QuantizedFolder folder = stored();
        const at::Tensor before = folder.weights.at(kLinear + ".weight");
        const at::Tensor scales = before.abs().amax(1, true) / 127;
        folder.config["quantization_config"] = sdnq("int8", -1);
        folder.weights.set(kLinear + ".weight", (before / scales).round().to(at::kChar));
        folder.weights.set(kLinear + ".scale", scales);
        const ldm::Image whole = picture(), quantized = (folder.write(unet()), picture());
        QVERIFY(whole.rgb != quantized.rgb);
        int largest = 0;
        for (std::size_t i = 0; i < whole.rgb.size(); ++i)
            largest = std::max(largest, std::abs(int(whole.rgb[i]) - int(quantized.rgb[i])));
        QVERIFY2(largest < 16, std::to_string(largest).c_str());
        const ldm::ModelInfo info = ldm::Model::open(model().string()).info();
        const ldm::LayerInfo& layer = info.layers[std::size_t(info.layerIndex("unet." + kLinear))];
        QCOMPARE(layer.storedAs, std::string("SDNQ int8"));
        QCOMPARE(layer.storedBytes, std::uint64_t{16 * 32 + 16 * 4});
        // Scales count as much as codes for what a model is.
        folder.weights.set(kLinear + ".scale", scales * 2);
        folder.write(unet());
        QVERIFY(ldm::Model::open(model().string()).info().fingerprint != info.fingerprint);
    }

    void whatCannotBeDecodedIsRefused_data() {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QStringList>("parts");
        sdnqRefusals();
        otherRefusals();
    }

    void whatCannotBeDecodedIsRefused() {
        QFETCH(Change, change);
        QFETCH(QStringList, parts);
        QuantizedFolder folder = stored();
        change(folder);
        folder.write(unet());
        const std::string said = failureOf(ldm::ErrorKind::BadInput, [&] {
            const ldm::Model opened = ldm::Model::open(model().string());
            for (const char* part : {"unet"})
                for (const ldm::StoredTensor& tensor : opened.networks().checkpoint.find(part)->tensors.tensors())
                    tensor.values();
        });
        QVERIFY2(contains(said, unet().string()), said.c_str());
        for (const QString& part : parts) QVERIFY2(contains(said, part.toStdString()), said.c_str());
    }

private:
    fs::path model() const { return fs::path(m_folder->path().toStdString()) / "model"; }
    fs::path unet() const { return model() / "unet"; }
    static QuantizedFolder stored() { return QuantizedFolder::of(original() / "unet"); }
    static fs::path original() { return fs::path(NOISEFLOOR_TEST_DATA) / "reference" / "sd1_tiny"; }

    /// The tensor as it is read from such a folder.
    ldm::StoredTensor decoded(const QuantizedFolder& folder, const std::string& name) const {
        folder.write(unet());
        const auto part = ldm::openPart(model(), "unet", "UNet2DConditionModel");
        [&] { QVERIFY(!part.config.contains("quantization_config")); }();
        return *part.tensors.find(name);
    }

    ldm::Image picture() const {
        const ldm::Model opened = ldm::Model::open(model().string());
        ldm::GenerateSettings settings;
        settings.prompt = "a cat";
        settings.steps = 2;
        std::stop_token stop;
        return *ldm::generate(opened.networks(), opened.networks().unetArithmetic, settings, {}, {}, {}, {});
    }

    static void refusal(const char* name, const Change& put, const Change& damage, const QStringList& parts) {
        const Change both = [=](QuantizedFolder& folder) {
            put(folder);
            damage(folder);
        };
        QTest::newRow(name) << both << parts;
    }
    static Change setting(const std::string& tensor, const at::Tensor& values) {
        return [=](QuantizedFolder& folder) { folder.weights.set(tensor, values); };
    }
    static Change erasing(const std::string& tensor) {
        return [=](QuantizedFolder& folder) { folder.weights.erase(tensor); };
    }
    static Change configuring(const json& patch) {
        return [=](QuantizedFolder& folder) { folder.config["quantization_config"].update(patch); };
    }

    static void sdnqRefusals() {
        const std::string weight = kLinear + ".weight", ofScale = kLinear + ".scale";
        const QString scaleName = QString::fromStdString(ofScale), weightName = QString::fromStdString(weight);
        refusal("no scale", putSdnq, erasing(ofScale), {scaleName, "missing"});
        refusal("scales of another number", putSdnq, setting(ofScale, floats({15, 1}, scale)), {scaleName, "[15, 1]"});
        refusal("scales of integers", putSdnq, setting(ofScale, signedBytes({16, 1}, code)), {scaleName, "I8"});
        refusal("a scale below zero", putSdnq, setting(ofScale, -floats({16, 1}, scale)), {scaleName, "below zero"});
        refusal("a scale that is no number", putSdnq, setting(ofScale, floats({16, 1}, scale) / 0),
                {scaleName, "finite"});
        refusal("codes of another shape", putSdnq, setting(weight, signedBytes({32, 16}, code)),
                {weightName, "[32, 16]"});
        refusal("unsigned codes", putSdnq, setting(weight, bytes({16, 32}, code)), {weightName, "U8"});
        refusal("groups that are none", putSdnq, configuring({{"group_size", 16}}),
                {scaleName, "[16, 1]", "[16, 2, 1]"});
        refusal("another type", putSdnq, configuring({{"weights_dtype", "int6"}}), {weightName, "int6", "uint4"});
        refusal("low rank", putSdnq, configuring({{"use_svd", true}}), {weightName, "use_svd"});
        refusal("rotated", putSdnq, configuring({{"use_hadamard", true}}), {weightName, "use_hadamard"});
        refusal("transposed", putSdnq, configuring({{"use_quantized_matmul", true}}), {"use_quantized_matmul"});
        refusal("left alone", putSdnq, configuring({{"modules_to_not_convert", {"to_k"}}}), {weightName, "lists it"});
        refusal("no list", putSdnq, configuring({{"modules_to_not_convert", "to_k"}}), {"must be a list"});
        refusal("two types", putSdnq, configuring({{"modules_dtype_dict", {{"int8", {"to_k"}}, {"int4", {"attn2"}}}}}),
                {weightName, "int4", "list it once"});
        refusal("no zero point", putNibbles, erasing(kLinear + ".zero_point"), {"zero_point", "missing"});
        refusal("a packed length", putNibbles, setting(weight, bytes({255}, code)), {weightName, "[255]", "[256]"});
        refusal("a zero point of NaN", putNibbles,
                setting(kLinear + ".zero_point", floats({16, 2, 1}, [](auto) { return NAN; })),
                {"zero_point", "finite"});
    }

    static void otherRefusals() {
        const std::string weight = kLinear + ".weight";
        const QString name = QString::fromStdString(weight);
        refusal("an unknown method", putSdnq, configuring({{"quant_method", "torchao"}}),
                {"config.json", "torchao", "sdnq"});
        refusal("no method", putSdnq, configuring({{"quant_method", nullptr}}), {"quant_method"});
        refusal(
            "no object", [](QuantizedFolder& folder) { folder.config["quantization_config"] = 5; },
            [](QuantizedFolder&) {}, {"quantization_config", "object"});
        refusal("bytes without scales", putBytes, erasing(kLinear + ".SCB"), {"SCB", "missing"});
        refusal("bytes with too many scales", putBytes, setting(kLinear + ".SCB", floats({17}, scale)),
                {"SCB", "[17]"});
        refusal("bytes in tiles", putBytes, setting(kLinear + ".weight_format", bytes({}, [](auto) { return 2; })),
                {"weight_format"});
        refusal("bytes that are no matrix", putBytes, setting(kConv + ".weight", signedBytes({16, 16, 3, 3}, code)),
                {QString::fromStdString(kConv)});
        refusal("nibbles without state", putNf4, erasing(weight + ".quant_state.bitsandbytes__nf4"),
                {name, "quant_state"});
        refusal("nibbles of another shape", putNf4, state({{"shape", {16, 64}}}), {name, "[16, 64]"});
        refusal("nibbles in blocks of nothing", putNf4, state({{"blocksize", 0}}), {"blocksize"});
        refusal("nibbles with quantized scales", putNf4, state({{"nested_blocksize", 256}}), {"nested_blocksize"});
        refusal("nibbles with a state of nonsense", putNf4,
                setting(weight + ".quant_state.bitsandbytes__nf4", support::textBytes("{")), {"quant_state"});
        refusal("nibbles with few scales", putNf4, setting(weight + ".absmax", floats({7}, scale)), {"absmax", "[8]"});
        refusal("a map of another type", putQuanto, mapping({{"weights", "qint4"}, {"activations", "none"}}),
                {"qint4"});
        refusal("a map of floats", putQuanto, mapping({{"weights", "qfloat8"}, {"activations", "none"}}),
                {"quanto_qmap.json", "qfloat8"});
        refusal("quantized inputs", putQuanto, mapping({{"weights", "qint8"}, {"activations", "qint8"}}),
                {"activations"});
        refusal("a map of what is not there", putQuanto,
                [](QuantizedFolder& folder) {
                    folder.map["conv_in"] = {{"weights", "qint8"}};
                },
                {"conv_in.weight._data"});
        refusal("bytes of quanto without scales", putQuanto, erasing(weight + "._scale"), {"_scale", "missing"});
        refusal(
            "groups of another size", [](QuantizedFolder& folder) { putQuantoNibbles(folder, 48, 48); },
            [](QuantizedFolder&) {}, {"_data._data", "[24, 48]", "[8, 144]"});
    }

    static Change state(const json& patch) {
        json text = {{"quant_type", "nf4"}, {"blocksize", 64}, {"dtype", "float16"}, {"shape", {16, 32}}};
        text.update(patch);
        return setting(kLinear + ".weight.quant_state.bitsandbytes__nf4", support::textBytes(text.dump()));
    }
    static Change mapping(const json& entry) {
        return [=](QuantizedFolder& folder) { folder.map[kLinear] = entry; };
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(QuantizedFoldersTest)
#include "tst_quantizedfolders.moc"
