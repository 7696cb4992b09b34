#include "mappedfile.h"

#include <ldm/error.h>
#include <ldm/wholefiles.h>

#include "lastfault.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace ldm {

/// A mapping as the handler of bus errors sees it. Atomics that take no lock are all that it may touch.
struct MappingPlace {
    std::atomic<std::uintptr_t> begin{0}; ///< 0 while no mapping has the place
    std::atomic<std::uintptr_t> end{0};
    std::atomic<bool> isLost{false};  ///< some of it could not be read
    const MappedFile* file = nullptr; ///< not for the handler: guarded by the mutex

    bool holds(std::uintptr_t address) const { return begin != 0 && begin <= address && address < end; }
};

namespace {

static_assert(std::atomic<std::uintptr_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

/// Descriptors, of which each takes one, run out earlier.
constexpr std::size_t kMostMappings = 1024;

/// What is mapped at present. The one thing here that is not handed from hand to hand: a signal handler is given
/// nothing, and finds nothing but what is always there.
constinit struct {
    std::mutex mutex; ///< guards all but the atomics
    std::array<MappingPlace, kMostMappings> places;
    std::uintptr_t pageBytes = 0;
    struct sigaction earlier {}; ///< whoever handled bus errors before
} mappings;

Error cannotBeMapped(const std::string& name, const std::string& why) {
    return Error(ErrorKind::OutOfMemory, name + " cannot be mapped: " + why + ".");
}

int duplicateOf(int descriptor, const std::string& name) {
    const int own = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (own < 0) throw cannotBeMapped(name, lastFault() + "; use a model of fewer files");
    return own;
}

/// Of size 0 where the disk does not answer any more.
struct stat stateOf(const Descriptor& descriptor) {
    struct stat state {};
    ::fstat(descriptor.number(), &state);
    return state;
}

std::uintptr_t roundedUp(std::uintptr_t address) {
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    return (address + page - 1) / page * page;
}

// ---- what runs while a bus error is handled

/// Zeros from the page of an address to the end of the mapping that it lies in; false if it lies in none, or that
/// fails.
bool readsAsZeros(std::uintptr_t address) {
    for (MappingPlace& place : mappings.places) {
        const std::uintptr_t begin = place.begin, end = place.end;
        // The mapping in which we read stays; a place that changes hands meanwhile is another's.
        if (begin == 0 || address < begin || address >= end || place.begin != begin) continue;
        place.isLost = true; // before anybody can read the zeros
        const std::uintptr_t page = address / mappings.pageBytes * mappings.pageBytes;
        return ::mmap(reinterpret_cast<void*>(page), end - page, PROT_READ, MAP_FIXED | MAP_ANONYMOUS | MAP_PRIVATE, -1,
                      0) != MAP_FAILED;
    }
    return false;
}

void passOn(int signal, siginfo_t* info, void* context) {
    const struct sigaction& earlier = mappings.earlier;
    if (earlier.sa_flags & SA_SIGINFO) return earlier.sa_sigaction(signal, info, context);
    if (earlier.sa_handler != SIG_DFL && earlier.sa_handler != SIG_IGN) return earlier.sa_handler(signal);
    // As if we had never been here: a fault happens again when this returns, and what was sent is sent again.
    ::sigaction(signal, &earlier, nullptr);
    if (info->si_code <= 0) ::raise(signal);
}

void handleBusError(int signal, siginfo_t* info, void* context) {
    const int before = errno;
    const bool isOfFile = info->si_code == BUS_ADRERR; // nothing behind the page
    if (!isOfFile || !readsAsZeros(reinterpret_cast<std::uintptr_t>(info->si_addr))) passOn(signal, info, context);
    errno = before;
}

// ---- which mappings there are

MappingPlace& takePlace(const MappedFile& file, const std::string& name, const std::byte* data, std::uint64_t size) {
    const std::scoped_lock lock(mappings.mutex);
    for (MappingPlace& place : mappings.places) {
        if (place.file) continue;
        const auto begin = reinterpret_cast<std::uintptr_t>(data);
        place.file = &file;
        place.isLost = false;
        place.end = roundedUp(begin + size);
        place.begin = begin; // last: from here on the handler knows it
        return place;
    }
    throw cannotBeMapped(name, "too many files are in use; use a model of fewer files");
}

} // namespace

void surviveVanishingFiles() {
    struct sigaction present {};
    ::sigaction(SIGBUS, nullptr, &present);
    if ((present.sa_flags & SA_SIGINFO) && present.sa_sigaction == handleBusError) return;
    mappings.earlier = present;
    mappings.pageBytes = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    struct sigaction ours {};
    ours.sa_sigaction = handleBusError;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
    ::sigemptyset(&ours.sa_mask);
    ::sigaction(SIGBUS, &ours, nullptr);
}

Descriptor::~Descriptor() {
    if (m_number >= 0) ::close(m_number);
}

MappedFile::Pages::Pages(int descriptor, const std::string& name, std::uint64_t bytes) : begin(nullptr), size(bytes) {
    void* base = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (base == MAP_FAILED) throw cannotBeMapped(name, lastFault() + "; free some memory");
    begin = static_cast<const std::byte*>(base);
}

MappedFile::Pages::~Pages() {
    ::munmap(const_cast<std::byte*>(begin), size);
}

MappedFile::MappedFile(int descriptor, std::string name, std::uint64_t size)
    : m_name(std::move(name)), m_descriptor(duplicateOf(descriptor, m_name)), m_mapped(stateOf(m_descriptor)),
      m_pages(descriptor, m_name, size), m_place(takePlace(*this, m_name, m_pages.begin, size)) {
}

MappedFile::~MappedFile() {
    const std::scoped_lock lock(mappings.mutex);
    m_place.begin = 0; // first: the handler is not to know it any more
    m_place.end = 0;
    m_place.file = nullptr;
}

std::string MappedFile::damage() const {
    const struct stat now = stateOf(m_descriptor);
    if (static_cast<std::uint64_t>(now.st_size) < m_pages.size) return "became shorter";
    if (m_place.isLost) return "could not be read to its end";
    const timespec& then = m_mapped.st_mtim;
    const bool isSame = now.st_mtim.tv_sec == then.tv_sec && now.st_mtim.tv_nsec == then.tv_nsec;
    return isSame ? "" : "was changed";
}

void MappedFile::requireWhole() const {
    const std::string what = damage();
    if (!what.empty())
        throw badInput("The file " + m_name + " " + what + " while it was in use; make sure that it is whole, then " +
                       "open it again.");
}

void requireWholeAt(const std::byte* address) {
    const std::scoped_lock lock(mappings.mutex);
    for (const MappingPlace& place : mappings.places)
        if (place.holds(reinterpret_cast<std::uintptr_t>(address))) return place.file->requireWhole();
}

bool isAnyFileDamaged() {
    const std::scoped_lock lock(mappings.mutex);
    for (const MappingPlace& place : mappings.places)
        if (place.file && !place.file->damage().empty()) return true;
    return false;
}

} // namespace ldm
