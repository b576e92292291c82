// A C++ program: the header in a namespace-clean file, results owned by unique_ptr, calls from
// std::thread.        plus FIELD
#include "montage.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

struct Release {
    void operator()(void *result) const { std::free(result); }
};
template <class T> using Result = std::unique_ptr<T, Release>;

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    const std::string field = argv[1];
    const std::string image = field + "/diffs/diff.000000.000001.fits";
    std::vector<double> levels(4);
    std::vector<std::thread> threads;
    for (double &level : levels) {
        threads.emplace_back([&level, &image] {
            Result<mFitplaneReturn> plane(mFitplane(image.c_str(), 0, 0, 0));
            level = plane && plane->status == 0 ? plane->c : 0.0;
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    for (double level : levels)
        if (level != levels[0] || level == 0.0)
            return 1;
    Result<mOverlapsReturn> overlaps(
        mOverlaps((field + "/images.tbl").c_str(), "diffs.tbl", 0, 0));
    std::printf("%d %d\n", overlaps->status, overlaps->count);
    return 0;
}
