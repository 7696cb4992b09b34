#include "failures.h"
#include "support/proceduralweights.h"
#include "support/testmain.h"

#include <ATen/ATen.h>
#include <ldm/checkpoint.h>
#include <ldm/error.h>
#include <ldm/textencoder.h>

#include <QTemporaryDir>

namespace {

namespace fs = std::filesystem;
using ldm::ErrorKind;
using ldm::TextEncoder;
using ldm::TextEncoderConfig;
using nlohmann::json;
using support::contains;
using support::failureOf;

constexpr const char* kPlain = "CLIPTextModel";
constexpr const char* kProjecting = "CLIPTextModelWithProjection";

ldm::PartSource plainPart() {
    return ldm::openPart(fs::path(NOISEFLOOR_TEST_DATA) / "reference" / "sd1_tiny", "text_encoder", kPlain);
}

/// A table like `table` with a projection to `dim`.
ldm::TensorTable withProjection(const ldm::TensorTable& table, const std::vector<std::int64_t>& shape) {
    ldm::TensorTable result(table.source());
    for (const ldm::StoredTensor& tensor : table.tensors()) result.add(tensor);
    result.add(ldm::held("text_projection.weight", at::linspace(-1, 1, shape[0] * shape[1]).view(shape)));
    return result;
}

TextEncoder encoderOf(const ldm::PartSource& part, const json& config, const char* className,
                      const ldm::TensorTable& table) {
    ldm::WeightSource weights(part.name, table);
    return TextEncoder(TextEncoderConfig::parse(config, part.configName, className), weights);
}

} // namespace

class TextEncoderTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theTextEndsAtTheLargestIdWhereNoEndIsSet() {
        const std::vector<std::vector<int>> tokens = {{5, 700, 3, 700, 2}};
        QVERIFY(at::equal(pooledAt(tokens, 2), lastAt(tokens, 1)));
    }

    void theTextEndsAtTheFirstEndToken() {
        const std::vector<std::vector<int>> tokens = {{5, 700, 3, 9, 3}};
        QVERIFY(at::equal(pooledAt(tokens, 3), lastAt(tokens, 2)));
        QVERIFY(at::equal(pooledAt(tokens, 9), lastAt(tokens, 3)));
        QVERIFY(at::equal(pooledAt(tokens, 11), lastAt(tokens, 0))); // as transformers, where it is missing
    }

    void onlyWantedHiddenStatesAreKept() {
        const ldm::PartSource part = plainPart();
        const TextEncoder encoder = encoderOf(part, part.config, kPlain, part.tensors);
        ldm::FloatArithmetic arithmetic;
        const ldm::TextStates all = encoder.encode(arithmetic, {{1, 2, 3}}),
                              some = encoder.encode(arithmetic, {{1, 2, 3}}, 2);
        QCOMPARE(some.hidden.size(), all.hidden.size());
        for (std::size_t i = 0; i < all.hidden.size(); ++i) {
            QCOMPARE(some.hidden[i].defined(), i >= 2);
            if (i >= 2) QVERIFY(at::equal(some.hidden[i], all.hidden[i]));
        }
        QVERIFY(at::equal(some.last, all.last));
        QVERIFY(!all.projected.defined());
    }

    void theProjectionIsAppliedToThePooledState() {
        const ldm::PartSource part = plainPart();
        json config = part.config;
        config["projection_dim"] = 6;
        const std::int64_t hidden = config["hidden_size"];
        const ldm::TensorTable table = withProjection(part.tensors, {6, hidden});
        const TextEncoder encoder = encoderOf(part, config, kProjecting, table);
        ldm::FloatArithmetic arithmetic;
        const ldm::TextStates states = encoder.encode(arithmetic, {{1, 2, 3}, {3, 2, 1}});
        const at::Tensor weight = table.find("text_projection.weight")->values();
        QVERIFY(at::allclose(states.projected, states.pooled.matmul(weight.t()), 1e-5, 1e-5));
    }

    void theClassDecidesAboutTheProjection() {
        const ldm::PartSource part = plainPart();
        const std::int64_t hidden = part.config["hidden_size"], dim = part.config["projection_dim"];
        const auto failure = [&](const char* className, const ldm::TensorTable& table) {
            return failureOf(ErrorKind::BadInput, [&] { encoderOf(part, part.config, className, table); });
        };
        QVERIFY(contains(failure(kProjecting, part.tensors), "text_projection.weight"));
        QVERIFY(
            contains(failure(kProjecting, withProjection(part.tensors, {dim + 1, hidden})), "text_projection.weight"));
        QVERIFY(contains(failure(kPlain, withProjection(part.tensors, {dim, hidden})), "text_projection.weight"));
        QVERIFY(contains(failure("T5EncoderModel", part.tensors), "T5EncoderModel"));
    }

    void positionIdsOfOlderFilesAreIgnored() {
        const ldm::PartSource part = plainPart();
        ldm::TensorTable table = part.tensors;
        table.add(ldm::held("text_model.embeddings.position_ids", at::arange(77, at::kLong).unsqueeze(0)));
        encoderOf(part, part.config, kPlain, table);
    }

    void configurationsThatAreNotComputedAreRefused_data() {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("value");
        QTest::newRow("activation") << "hidden_act"
                                    << "\"relu\"";
        QTest::newRow("heads") << "num_attention_heads"
                               << "5";
        QTest::newRow("mask") << "use_attention_mask"
                              << "true";
        QTest::newRow("another model") << "model_type"
                                       << "\"bert\"";
        QTest::newRow("another class") << "architectures"
                                       << "[\"BertModel\"]";
        QTest::newRow("layers") << "num_hidden_layers"
                                << "0";
        QTest::newRow("huge") << "hidden_size"
                              << "1000000000";
        QTest::newRow("eps") << "layer_norm_eps"
                             << "-1";
        QTest::newRow("text") << "vocab_size"
                              << "\"many\"";
        QTest::newRow("unknown") << "position_embedding_type"
                                 << "\"relative\"";
    }

    void configurationsThatAreNotComputedAreRefused() {
        QFETCH(QString, key);
        QFETCH(QString, value);
        json config = plainPart().config;
        config[key.toStdString()] = json::parse(value.toStdString());
        const std::string message =
            failureOf(ErrorKind::BadInput, [&] { TextEncoderConfig::parse(config, "config.json", kPlain); });
        QVERIFY2(contains(message, "config.json") && contains(message, key.toStdString()), message.c_str());
    }

    void keysChangeTheStatesOrNothing_data() {
        QTest::addColumn<QString>("value");
        QTest::addColumn<bool>("changes");
        const auto row = [](const char* key, const char* value, bool changes) {
            QTest::newRow(key) << QString(value) << changes;
        };
        row("hidden_act", "\"gelu\"", true);
        row("layer_norm_eps", "0.5", true);
        row("num_attention_heads", "1", true);
        for (const char* key : {"attention_dropout", "dropout", "initializer_factor", "initializer_range",
                                "bos_token_id", "pad_token_id", "projection_dim"})
            row(key, "1.0", false);
        for (const char* key : {"use_cache", "output_hidden_states", "output_attentions", "return_dict",
                                "gradient_checkpointing", "torch_dtype", "dtype", "transformers_version", "_anything"})
            row(key, "\"float16\"", false);
        row("use_attention_mask", "false", false);
        row("architectures", "[\"CLIPTextModelWithProjection\"]", false); // the pipeline names the class
    }

    void keysChangeTheStatesOrNothing() {
        QFETCH(QString, value);
        QFETCH(bool, changes);
        const ldm::PartSource part = plainPart();
        json config = part.config;
        config[QTest::currentDataTag()] = json::parse(value.toStdString());
        ldm::FloatArithmetic arithmetic;
        const auto last = [&](const json& with) {
            return encoderOf(part, with, kPlain, part.tensors).encode(arithmetic, {{1, 2, 3}}).last;
        };
        QCOMPARE(at::equal(last(config), last(part.config)), !changes);
    }

    void tokensBeyondTheModelAreRefused() {
        const ldm::PartSource part = plainPart();
        const TextEncoder encoder = encoderOf(part, part.config, kPlain, part.tensors);
        ldm::FloatArithmetic arithmetic;
        const auto failure = [&](const std::vector<std::vector<int>>& tokens) {
            return failureOf(ErrorKind::BadInput, [&] { encoder.encode(arithmetic, tokens); });
        };
        QVERIFY(contains(failure({}), "no text"));
        QVERIFY(contains(failure({{}}), "0 tokens"));
        QVERIFY(contains(failure({{1, 2}, {1}}), "same number"));
        QVERIFY(contains(failure({{-1}}), "Token -1"));
        QVERIFY(contains(failure({{100000}}), "Token 100000"));
        QVERIFY(contains(failure({std::vector<int>(78, 1)}), "78 tokens"));
    }

private:
    static ldm::TextStates states(const std::vector<std::vector<int>>& tokens, int eosToken) {
        const ldm::PartSource part = plainPart();
        json config = part.config;
        config["eos_token_id"] = eosToken;
        ldm::FloatArithmetic arithmetic;
        return encoderOf(part, config, kPlain, part.tensors).encode(arithmetic, tokens);
    }
    static at::Tensor pooledAt(const std::vector<std::vector<int>>& tokens, int eosToken) {
        return states(tokens, eosToken).pooled[0];
    }
    static at::Tensor lastAt(const std::vector<std::vector<int>>& tokens, std::int64_t position) {
        return states(tokens, 2).last[0][position];
    }

    const at::NoGradGuard m_noGrad;
};

NOISEFLOOR_TEST(TextEncoderTest)
#include "tst_textencoder.moc"
