#include "support/testmain.h"

#include "failures.h"
#include "smallunet.h"

#include <algorithm>
#include <map>

namespace {

using nlohmann::json;
using support::outputOf;

/// "key value", with ' for " in the value: what the value does to a small UNet that does without the key.
const std::map<std::string, std::vector<std::string>> kEffects = {
    {"none",
     {"_class_name 'UNet2DConditionModel'",
      "_name_or_path 'somewhere'",
      "act_fn 'swish'",
      "addition_embed_type null",
      "addition_embed_type_num_heads 64",
      "addition_time_embed_dim 8",
      "attention_head_dim [2, 2]",
      "attention_head_dim 2.0",
      "attention_type 'default'",
      "block_out_channels [16.0, 24.0]",
      "class_embed_type null",
      "class_embeddings_concat false",
      "cross_attention_dim [12, 12]",
      "cross_attention_norm 'layer_norm'",
      "downsample_padding 1",
      "downsample_padding 1.0",
      "dropout 0.1",
      "dual_cross_attention false",
      "encoder_hid_dim null",
      "layers_per_block [1, 1]",
      "mid_block_only_cross_attention true",
      "mid_block_type 'UNetMidBlock2DCrossAttn'",
      "num_attention_heads null",
      "num_class_embeds null",
      "only_cross_attention [false, false]",
      "projection_class_embeddings_input_dim 34",
      "resnet_out_scale_factor 2.0",
      "resnet_skip_time_act true",
      "sample_size 32",
      "sample_size [8, 8]",
      "sample_size [8, 12]",
      "sample_size null",
      "time_cond_proj_dim null",
      "time_embedding_act_fn null",
      "time_embedding_dim null",
      "time_embedding_type 'positional'",
      "timestep_post_act null",
      "transformer_layers_per_block [1, 1]",
      "upcast_attention true"}},
    {"another result",
     {"act_fn 'gelu'",
      "act_fn 'mish'",
      "act_fn 'relu'",
      "attention_head_dim 4",
      "attention_head_dim [4, 2]",
      "center_input_sample true",
      "conv_in_kernel 5",
      "conv_out_kernel 1",
      "cross_attention_dim 16",
      "downsample_padding 0",
      "flip_sin_to_cos false",
      "freq_shift 1",
      "in_channels 9",
      "layers_per_block 2",
      "layers_per_block [1, 2]",
      "mid_block_scale_factor 2",
      "mid_block_type null",
      "mid_block_type 'UNetMidBlock2D'",
      "norm_eps 0.01",
      "norm_num_groups 4",
      "only_cross_attention true",
      "only_cross_attention [true, false]",
      "out_channels 8",
      "reverse_transformer_layers_per_block [[1, 1], [1, 2]]",
      "time_cond_proj_dim 6",
      "time_embedding_act_fn 'silu'",
      "time_embedding_dim 20",
      "timestep_post_act 'gelu'",
      "transformer_layers_per_block 2",
      "transformer_layers_per_block [1, 2]",
      "up_block_types ['CrossAttnUpBlock2D', 'UpBlock2D']"}},
    {"refused",
     {"_class_name 'UNet3DConditionModel'",
      "a_key_of_tomorrow true",
      "act_fn 'tanh'",
      "act_fn null",
      "addition_embed_type 'image'",
      "attention_head_dim 5",
      "attention_head_dim [4, 4, 4]",
      "attention_type 'gated'",
      "block_out_channels [16, -24]",
      "block_out_channels [16, 1e9]",
      "block_out_channels []",
      "class_embed_type 'timestep'",
      "class_embeddings_concat true",
      "conv_in_kernel 4",
      "conv_out_kernel [3, 3]",
      "cross_attention_dim [12, 16]",
      "down_block_types ['AttnDownBlock2D', 'DownBlock2D']",
      "down_block_types ['DownBlock2D']",
      "downsample_padding 2",
      "dual_cross_attention true",
      "encoder_hid_dim 768",
      "encoder_hid_dim_type 'text_proj'",
      "flip_sin_to_cos 1",
      "in_channels 'four'",
      "layers_per_block 0",
      "layers_per_block [1, 2, 3]",
      "mid_block_scale_factor 0",
      "mid_block_type 'UNetMidBlock2DSimpleCrossAttn'",
      "norm_eps -1",
      "norm_num_groups 5",
      "norm_num_groups null",
      "num_attention_heads 4",
      "num_class_embeds 10",
      "only_cross_attention [true]",
      "only_cross_attention 1",
      "resnet_time_scale_shift 'scale_shift'",
      "reverse_transformer_layers_per_block [[1], [1]]",
      "sample_size [8, 8, 8]",
      "sample_size [8, 0]",
      "sample_size 8.5",
      "sample_size {}",
      "time_cond_proj_dim -1",
      "time_embedding_act_fn 'softmax'",
      "time_embedding_dim 0",
      "time_embedding_type 'fourier'",
      "timestep_post_act 7",
      "transformer_layers_per_block [1, 2, 3]",
      "transformer_layers_per_block [[1], [1]]",
      "transformer_layers_per_block -1",
      "transformer_layers_per_block 'one'",
      "up_block_types 'UpBlock2D'",
      "use_linear_projection 'yes'"}}};

} // namespace

class TestUNetConfig : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keysAreHonouredOrRefusedByName_data();
    void keysAreHonouredOrRefusedByName();
    void refusalsSayWhatMayStandThere_data();
    void refusalsSayWhatMayStandThere();
    void sampleSizesAreNumbersOrHeightAndWidth();
    void incompleteAdditionsAreRefusedByName();

private:
    const at::NoGradGuard m_noGrad;
};

void TestUNetConfig::keysAreHonouredOrRefusedByName_data() {
    QTest::addColumn<QString>("effect");
    for (const auto& [effect, entries] : kEffects)
        for (const std::string& entry : entries) QTest::newRow(entry.c_str()) << QString::fromStdString(effect);
}

void TestUNetConfig::keysAreHonouredOrRefusedByName() {
    QFETCH(QString, effect);
    const std::string entry = QTest::currentDataTag();
    const std::string key = entry.substr(0, entry.find(' '));
    std::string value = entry.substr(key.size() + 1);
    std::replace(value.begin(), value.end(), '\'', '"');
    const json config = support::withKey(key, json::parse(value));
    if (effect == "refused") {
        const std::string said =
            support::failureOf(ldm::ErrorKind::BadInput, [&] { ldm::UNetConfig::parse(config, "unet/config.json"); });
        QVERIFY2(support::contains(said, "\"" + key + "\""), said.c_str());
        QVERIFY2(said.starts_with("unet/config.json"), said.c_str());
        return;
    }
    const at::Tensor usual = outputOf(support::smallConfig()), result = outputOf(config);
    QVERIFY(at::isfinite(result).all().item<bool>());
    QCOMPARE(at::equal(result, usual), effect == "none");
    if (effect != "none") QVERIFY(!support::close(result, usual));
}

void TestUNetConfig::refusalsSayWhatMayStandThere_data() {
    QTest::addColumn<QString>("entry");
    QTest::addColumn<QString>("allowed");
    const auto row = [](const char* entry, const char* allowed) { QTest::newRow(entry) << entry << allowed; };
    row("norm_num_groups 2.5", "must be a whole number from 1 to 16384");
    row("norm_num_groups 'two'", "must be a whole number from 1 to 16384");
    row("in_channels 0.0", "must be a whole number from 1 to 16384");
    row("in_channels 1e300", "must be a whole number from 1 to 16384");
    row("norm_eps 2", "must be a number from 0 to 1");
    row("norm_eps 'small'", "must be a number from 0 to 1");
    row("attention_head_dim [2, 2, 2]", "must be a whole number from 1 to 16384 or a list of 2 such");
    row("attention_head_dim 'many'", "must be a whole number from 1 to 16384 or a list of 2 such");
    row("attention_head_dim [2, 0]", "must be a whole number from 1 to 16384 or a list of 2 such");
    row("block_out_channels 16", "must be a list of 1 to 64 whole numbers from 1 to 16384");
    row("block_out_channels [16, 24.5]", "must be a list of 1 to 64 whole numbers from 1 to 16384");
    row("transformer_layers_per_block [1, 65]", "must be a whole number from 0 to 64 or a list of 2, one per level");
    row("only_cross_attention 1", "must be true, false or a list of 2 of these");
    row("act_fn 'tanh'", "which knows silu, swish, gelu, mish, relu; use a model");
    row("act_fn 3", "which knows silu, swish, gelu, mish, relu; use a model");
    row("class_embed_type 'timestep'", "which takes only null; use a model");
    row("attention_type 'gated'", "which takes only null or \"default\"; use a model");
    row("down_block_types ['AttnDownBlock2D', 'DownBlock2D']", "which knows CrossAttnDownBlock2D and DownBlock2D; use");
    row("_class_name 'UNet3DConditionModel'", "UNet2DConditionModel; correct the one that is wrong");
}

void TestUNetConfig::refusalsSayWhatMayStandThere() {
    QFETCH(QString, entry);
    QFETCH(QString, allowed);
    const json value = json::parse(entry.section(' ', 1).replace('\'', '"').toStdString());
    const json config = support::withKey(entry.section(' ', 0, 0).toStdString(), value);
    const std::string said =
        support::failureOf(ldm::ErrorKind::BadInput, [&] { ldm::UNetConfig::parse(config, "unet/config.json"); });
    QVERIFY2(support::contains(said, allowed.toStdString()), said.c_str());
}

void TestUNetConfig::sampleSizesAreNumbersOrHeightAndWidth() {
    const auto sizeOf = [](json size, const char* version) {
        json config = support::withKey("sample_size", std::move(size));
        config["_diffusers_version"] = version;
        const ldm::UNetConfig parsed = ldm::UNetConfig::parse(config, "config.json");
        return std::pair(parsed.sampleHeight, parsed.sampleWidth);
    };
    QCOMPARE(sizeOf(nullptr, "0.30.0"), std::pair(64, 64));
    QCOMPARE(sizeOf(8, "0.30.0"), std::pair(8, 8));
    QCOMPARE(sizeOf({8, 12}, "0.30.0"), std::pair(8, 12));
    QCOMPARE(sizeOf(8, "0.8.1"), std::pair(64, 64)); // wrongly written then
    QCOMPARE(sizeOf(96, "0.8.1"), std::pair(96, 96));
    QCOMPARE(sizeOf({8, 12}, "0.8.1"), std::pair(8, 12));
}

void TestUNetConfig::incompleteAdditionsAreRefusedByName() {
    const std::multimap<std::string, json> values = {{"addition_time_embed_dim", nullptr},
                                                     {"addition_time_embed_dim", 1},
                                                     {"projection_class_embeddings_input_dim", nullptr},
                                                     {"projection_class_embeddings_input_dim", 24}};
    for (const auto& [key, value] : values) {
        json config = support::sdxlConfig();
        config[key] = value;
        const std::string said =
            support::failureOf(ldm::ErrorKind::BadInput, [&] { ldm::UNetConfig::parse(config, "config.json"); });
        QVERIFY2(support::contains(said, "\"" + key + "\""), said.c_str());
    }
}

NOISEFLOOR_TEST(TestUNetConfig)
#include "tst_unetconfig.moc"
