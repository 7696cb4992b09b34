#pragma once

#include <ldm/weights.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ldm {

/// What the numbering of a UNet's original names depends on.
struct UNetLayout {
    int levels = 0;
    int layersPerBlock = 0;
    std::vector<bool> upAttends; ///< by up block

    /// From the names of its tensors in diffusers' layout.
    static UNetLayout ofDiffusers(const TensorTable& tensors);
    /// From the names of its tensors in the original layout.
    static UNetLayout ofLdm(const TensorTable& tensors);
};

/// Likewise for an autoencoder.
struct AutoencoderLayout {
    int levels = 0;
    int layersPerBlock = 0; ///< of the encoder; the decoder has one more

    static AutoencoderLayout ofDiffusers(const TensorTable& tensors);
    static AutoencoderLayout ofLdm(const TensorTable& tensors);
};

/// The names that one network's tensors have in diffusers' folders and in single files of the original (LDM) code,
/// without the part's prefix in a file. One table, read in both directions.
class LdmNames {
public:
    static LdmNames unet(const UNetLayout& layout);
    static LdmNames autoencoder(const AutoencoderLayout& layout);
    /// CLIP of transformers, which single files of SD 1.x hold as it is.
    static LdmNames clip();
    /// CLIP of open_clip, as in SD 2.x and SDXL's second encoder. Three diffusers names share one original name, whose
    /// tensor holds theirs one after the other: the projections to queries, keys and values.
    static LdmNames openClip(int layers);

    /// Empty for a name outside the table.
    std::string toLdm(std::string_view diffusers) const;
    /// Empty for a name outside the table, several where a tensor holds several.
    std::vector<std::string> toDiffusers(std::string_view ldm) const;

private:
    void add(std::string diffusers, std::string ldm);
    void alsoReads(std::string ldm, std::string diffusers);
    void addUNetResnet(const std::string& diffusers, const std::string& ldm);
    void addUNetLevel(const UNetLayout& layout, int level);
    void addAutoencoderResnet(const std::string& diffusers, const std::string& ldm);
    void addAutoencoderLevel(const AutoencoderLayout& layout, int level);
    void addAutoencoderMiddle(const std::string& coder);

    std::map<std::string, std::string, std::less<>> m_toLdm;                    ///< modules and whole names
    std::map<std::string, std::vector<std::string>, std::less<>> m_toDiffusers; ///< likewise
};

/// The tensor of this name. Early diffusers had other names for the autoencoder's attention ("query" for "to_q"), so it
/// may stand under either; null where it stands under neither.
const StoredTensor* findUnderEitherName(const TensorTable& tensors, const std::string& name);

/// What precedes a part's names in a single file: "model.diffusion_model.". `part` is "unet", "vae", "text_encoder" or
/// "text_encoder_2".
std::string ldmPrefix(std::string_view part, bool twoTextEncoders, bool openClip);

/// The original name of open_clip's text projection, whose matrix is stored transposed.
inline constexpr std::string_view kOpenClipProjection = "text_projection";

} // namespace ldm
