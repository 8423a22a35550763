/* SPDX-License-Identifier: Apache-2.0 */
/* Under a sanitizer every round of a test is slow, and fewer of them find what it looks for; under
 * an emulator (EMULATED) even more so. */
#ifndef SFD_TESTS_SANITIZED_H
#define SFD_TESTS_SANITIZED_H

#ifdef SFD_EMULATED
#define EMULATED 1
#else
#define EMULATED 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || EMULATED
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
